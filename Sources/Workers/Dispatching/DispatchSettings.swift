import Complaints

/// The dispatcher's settings, by the names of the program's flags.
struct DispatchSettings: Sendable {
    /// The directory of the ledger; nil: a private temporary one.
    var state: String?
    var reporters: [String]
    /// Failures of the first snapshot that are younger than this are news.
    var catchUp: Duration
    /// How long a collection or a report is tried.
    var retryFor: Duration
    /// How long a case that ended is kept.
    var keep: Duration
    /// For tasks whose labels say nothing else.
    var flood: FloodLimit
    /// By which keys, of labels, a reporter's places are told apart.
    var destinations: [String: [String]]
    /// How agents are asked, in links to them: `http` or `https`.
    var agentsScheme = "http"
    /// The failure that is to be reported as a test; everything else that happens is a test then, too.
    var test: Failure?
    private var labels: LabelResolver

    init(
        state: String? = nil, name: String = "default", isDefault: Bool = true, reporters: [String],
        catchUp: Duration = .zero, retryFor: Duration = .seconds(24 * 3600), keep: Duration = .seconds(7 * 24 * 3600),
        flood: FloodLimit = .none, destinations: [String: [String]] = [:]
    ) {
        self.state = state
        self.reporters = reporters
        self.catchUp = catchUp
        self.retryFor = retryFor
        self.keep = keep
        self.flood = flood
        self.destinations = destinations
        labels = LabelResolver(name: name, isDefault: isDefault)
    }

    /// - Parameter values: as in `WorkerSettings`; the last value of a name counts, an empty one as absent.
    init(_ values: [String: [String]]) throws(DispatchSettingsError) {
        func text(_ name: String) -> String? { values[name]?.last.flatMap { $0.isEmpty ? nil : $0 } }
        func span(_ name: String, _ absent: Duration) throws(DispatchSettingsError) -> Duration {
            guard let text = text(name) else { return absent }
            guard let span = SettingValues(values).duration(name), span >= .zero else {
                throw .invalid(name, text, "a duration like 90s, 10m or 24h")
            }
            return span
        }
        let isDefault = text("default") == nil ? true : SettingValues(values).bool("default")
        guard let isDefault else { throw .invalid("default", text("default") ?? "", "true or false") }
        self.init(
            state: text("state"), name: text("name") ?? "default", isDefault: isDefault,
            reporters: (values["reporters"] ?? []).flatMap { $0.split(separator: ",") }.map { String($0).trimmed }
                .filter { !$0.isEmpty },
            catchUp: try span("catch-up", .zero), retryFor: try span("retry-for", .seconds(24 * 3600)),
            keep: try span("keep", .seconds(7 * 24 * 3600)),
            flood: FloodLimit(
                count: SettingValues(values).integer("flood.limit") ?? 0,
                window: try span("flood.window", FloodLimit.none.window)))
        agentsScheme = text("agents.scheme") ?? agentsScheme
        for name in values[ReservedSetting.destinations] ?? [] {
            let parts = name.split(separator: ".", maxSplits: 1).map { String($0) }
            if parts.count == 2 { destinations[parts[0], default: []].append(parts[1]) }
        }
        guard let document = text(ReservedSetting.test) else { return }
        guard let failure: Failure = try? LedgerTransaction.value(document) else {
            throw .invalid(ReservedSetting.test, document, "a failure as JSON")
        }
        test = failure
        flood = .none
    }

    /// Who is to be told of this failure.
    func instances(for failure: Failure) -> [(reporter: String, instance: String)] {
        reporters.flatMap { reporter in
            labels.instances(reporter: reporter, labels: failure.labels).map { (reporter, $0) }
        }
    }
}

extension DispatchSettings {
    /// How many identical failures this instance is told one by one. A label that makes no sense is as if it were not
    /// there: a task's owner cannot be told, and must not lose reports.
    func flood(_ failure: Failure, reporter: String, instance: String) -> FloodLimit {
        func label(_ key: String) -> SettingValues {
            let value = labels.sharedValue(key, reporter: reporter, instance: instance, labels: failure.labels)
            return SettingValues(value.map { [key: [$0]] } ?? [:])
        }
        var limit = flood
        if let count = label("flood_limit").integer("flood_limit"), count >= 0 { limit.count = count }
        if let window = label("flood_window").duration("flood_window"), window > .zero { limit.window = window }
        limit.window = min(max(limit.window, FloodLimit.shortest), FloodLimit.longest)
        return limit
    }

    /// What tells apart the ways on which a reporter's reports go: nothing but those labels of the task that say where to.
    /// A hash and not the labels, as these may hold secrets; "" for the settings' own place.
    func route(_ failure: Failure, reporter: String, instance: String) -> String {
        let said = (destinations[reporter] ?? []).compactMap { key in
            labels.value(key, reporter: reporter, instance: instance, labels: failure.labels).map { "\(key)=\($0)" }
        }
        guard !said.isEmpty else { return "" }
        // FNV-1a: the same in every process, unlike Swift's own hashes.
        let hash = said.joined(separator: "\n").utf8
            .reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}

/// A setting that cannot be meant.
enum DispatchSettingsError: Error, Equatable, CustomStringConvertible {
    case invalid(_ name: String, _ value: String, _ expected: String)

    var description: String {
        switch self {
        case .invalid(let name, let value, let expected): "-\(name)=\(value): expected \(expected)"
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
