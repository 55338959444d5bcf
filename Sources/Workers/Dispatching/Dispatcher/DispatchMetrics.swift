import Metrics

/// The dispatcher's numbers for `/metrics`.
struct DispatchMetrics {
    private let recorded = Counter(label: "complainer_failures_recorded_total")
    private let skipped = Counter(label: "complainer_failures_skipped_total")
    private let quarantined = Counter(label: "complainer_work_quarantined_total")
    private let lateUploads = Gauge(label: "complainer_late_uploads")
    private let ledgerMode = Gauge(label: "complainer_ledger_mode")
    private let masterReachable = Gauge(label: "complainer_master_reachable")
    /// Reporters of which a number was told, so that one that becomes zero is told too.
    private var told: Set<[String]> = []

    mutating func count(_ note: DispatchNote) {
        switch note {
        case .recorded: recorded.increment()
        case .skipped: skipped.increment()
        case .quarantined: quarantined.increment()
        case .collected(_, let logsError): collection(logsError == nil ? "collected" : "without_logs")
        case .uncollected: collection("retried")
        case .collectedLate(_, let error): collection(error == nil ? "late" : "given_up")
        case .ended(_, let reporter, _, let outcome, _): delivery(reporter, outcome.rawValue)
        case .surplus(_, let reporter, let instances, _):
            Counter(label: "complainer_instances_left_out_total", dimensions: [("reporter", reporter)])
                .increment(by: instances.count)
        case .undelivered(let reporter, _, _, _): delivery(reporter, "retried")
        case .turnedAway(let reporter, _, _, _): delivery(reporter, "turned_away")
        case .held(_, let reporter, _, _, _): delivery(reporter, "held")
        case .summarised(let reporter, _, let held):
            Counter(label: "complainer_failures_summarised_total", dimensions: [("reporter", reporter)])
                .increment(by: held.count)
        case .crashed(let role, _, _):
            Counter(label: "complainer_crashes_with_work_total", dimensions: [("role", role.description)]).increment()
        case .health(let health): masterReachable.record(health.ok ? 1 : 0)
        case .baseline, .baselined, .unreadable, .dropped, .pruned, .holding, .clockSetBack: break
        }
    }

    private func collection(_ result: String) {
        Counter(label: "complainer_collections_total", dimensions: [("result", result)]).increment()
    }

    private func delivery(_ reporter: String, _ result: String) {
        Counter(label: "complainer_deliveries_total", dimensions: [("reporter", reporter), ("result", result)])
            .increment()
    }

    /// - Parameters:
    ///   - counts: as ``LedgerTransaction/counts()`` has them.
    ///   - uploads: as ``LedgerTransaction/uploadCount()`` has them.
    mutating func gauge(_ counts: [String: [String: Int]], uploads: Int, mode: LedgerKeeper.Mode) {
        var now: Set<[String]> = []
        for (scope, states) in counts {
            for (state, count) in states {
                now.insert([scope, state])
                gauge(scope, state).record(count)
            }
        }
        for gone in told.subtracting(now) { gauge(gone[0], gone[1]).record(0) }
        told.formUnion(now)
        lateUploads.record(uploads)
        // 0: on disk as configured; 1: temporary; 2: in memory, the disk is in trouble.
        ledgerMode.record(mode == .disk ? 0 : mode == .temporary ? 1 : 2)
    }

    private func gauge(_ scope: String, _ state: String) -> Gauge {
        scope.isEmpty
            ? Gauge(label: "complainer_cases", dimensions: [("state", state)])
            : Gauge(label: "complainer_deliveries", dimensions: [("reporter", scope), ("state", state)])
    }
}
