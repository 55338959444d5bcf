import Complaints
import Logging
import Observability

/// What the dispatcher tells the operator, and how loudly.
struct DispatchLog {
    let logger: Logger

    func tell(_ note: DispatchNote) {
        switch note {
        case .recorded(let failure): logger.info("failure recorded", metadata: Self.metadata(failure))
        case .baseline(let count):
            logger.debug("failures from before the first start are no news", metadata: ["count": "\(count)"])
        case .baselined: logger.notice("the first snapshot is complete: failures are news from now on")
        case .skipped(let failure):
            logger.info("failure skipped: no reporter is configured for it", metadata: Self.metadata(failure))
        case .surplus(let failure, let reporter, let instances, let most):
            logger.warning(
                "labels name too many instances of a reporter: -labels.max-instances is \(most), the others are left out",
                metadata: Self.metadata(
                    failure, [LogMetadata.reporter: "\(reporter)", "left_out": "\(Self.list(instances))"]))
        case .collected(let failure, let logsError):
            guard let logsError else {
                return logger.debug("logs collected", metadata: Self.metadata(failure))
            }
            logger.warning("going on without logs", metadata: Self.metadata(failure, error: logsError))
        case .uncollected(let failure, let reason, _):
            logger.warning("logs not collected yet", metadata: Self.metadata(failure, error: reason))
        case .collectedLate(let failure, let error):
            guard let error else {
                return logger.notice(
                    "the logs of a failure that was reported without them are saved now",
                    metadata: Self.metadata(failure))
            }
            logger.error(
                "the logs of a failure that was reported without them cannot be saved",
                metadata: Self.metadata(failure, error: error))
        case .ended(let failure, let reporter, let instance, let outcome, let error):
            let metadata = Self.metadata(
                failure, error: error, [LogMetadata.reporter: "\(reporter)", LogMetadata.instance: "\(instance)"])
            switch outcome {
            // The reporter has said so, at info.
            case .delivered, .pending, .held, .summarised: logger.debug("failure reported", metadata: metadata)
            case .failed: logger.error("failure not reported: the reporter refused it for good", metadata: metadata)
            case .expired: logger.error("failure not reported: tried for too long", metadata: metadata)
            case .poisoned: logger.error("failure not reported: quarantined", metadata: metadata)
            }
        case .undelivered(let reporter, let id, let reason, _):
            logger.warning(
                "failure not reported yet",
                metadata: [LogMetadata.reporter: "\(reporter)", "delivery": "\(id)", "error": "\(reason)"])
        case .turnedAway(let reporter, let instance, let reason, let next):
            logger.debug(
                "reports wait: the service is not asked",
                metadata: [
                    LogMetadata.reporter: "\(reporter)", LogMetadata.instance: "\(instance)", "error": "\(reason)",
                    "until": "\(next.rfc3339())",
                ])
        case .held(let failure, let reporter, let instance, let isFirst, let until):
            let metadata = Self.metadata(
                failure,
                [
                    LogMetadata.reporter: "\(reporter)", LogMetadata.instance: "\(instance)",
                    "until": "\(until.rfc3339())",
                ])
            if isFirst {
                logger.notice("too many failures of this kind: the next ones are reported together", metadata: metadata)
            } else {
                logger.debug("failure held: it is reported together with others", metadata: metadata)
            }
        case .summarised(let reporter, let instance, let held):
            logger.info(
                "failures that were held are reported together",
                metadata: [
                    LogMetadata.reporter: "\(reporter)", LogMetadata.instance: "\(instance)", "count": "\(held.count)",
                ])
        case .quarantined(let role, let what, let crashes):
            logger.error(
                "quarantined: it was in hand in too many crashes of its worker",
                metadata: [LogMetadata.worker: "\(role)", "failure": "\(what)", "crashes": "\(crashes)"])
        case .crashed(let role, let inFlight, let reason):
            logger.warning(
                "a worker died with work in its hands, which is given out again",
                metadata: [LogMetadata.worker: "\(role)", "pieces": "\(inFlight)", "reason": "\(reason)"])
        case .unreadable(let reason): logger.error("quarantined", metadata: ["error": "\(reason)"])
        case .dropped(let keys):
            logger.info("keys forgotten that no master lists any more", metadata: ["count": "\(keys)"])
        case .pruned(let cases): logger.debug("old cases dropped", metadata: ["count": "\(cases)"])
        case .holding(let count):
            logger.error(
                "too many open cases in memory: failures wait at the poller", metadata: ["held": "\(count)"])
        case .health(let health):
            if health.ok {
                logger.notice(
                    "detecting", metadata: ["mode": "\(health.mode)", "master": "\(health.master ?? "unknown")"])
            } else {
                logger.error("not detecting", metadata: ["error": "\(health.reason ?? "unknown")"])
            }
        case .clockSetBack: logger.warning("the clock was set back: everything that waited is tried now")
        }
    }

    /// The first of many names, each cut, and how many more there are.
    static func list(_ names: [String]) -> String {
        let shown = names.prefix(10).map { $0.count > 40 ? $0.prefix(40) + "…" : $0 }
        let rest = names.count - shown.count
        return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    private static func metadata(
        _ failure: Failure, error: String? = nil, _ more: Logger.Metadata = [:]
    ) -> Logger.Metadata {
        var metadata = more
        metadata[LogMetadata.taskID] = "\(failure.id)"
        metadata[LogMetadata.framework] = "\(failure.framework)"
        metadata["name"] = "\(failure.name)"
        metadata["state"] = "\(failure.state)"
        if let error { metadata["error"] = "\(error)" }
        return metadata
    }
}
