import Complaints

/// A worker that the dispatcher talks to.
enum Role: Hashable, Sendable, CustomStringConvertible {
    case poller
    case uploader
    /// With its kind, e.g. `slack`.
    case reporter(String)
    case server

    /// - Parameter name: as the supervisor tells it, e.g. `reporter/slack`.
    init?(_ name: String) {
        switch name {
        case "poller": self = .poller
        case "uploader": self = .uploader
        case "server": self = .server
        default:
            guard name.hasPrefix("reporter/"), name.utf8.count > "reporter/".utf8.count else { return nil }
            self = .reporter(String(name.dropFirst("reporter/".count)))
        }
    }

    var description: String {
        switch self {
        case .poller: "poller"
        case .uploader: "uploader"
        case .reporter(let kind): "reporter/\(kind)"
        case .server: "server"
        }
    }
}

/// One connection to a worker; never used again.
struct PeerID: Hashable, Sendable {
    var number: Int
}

/// What happens to the engine.
enum DispatchEvent: Sendable {
    case connected(PeerID, Role)
    /// The worker died, or was stopped; nothing more comes from it.
    case gone(PeerID, reason: String)
    /// The worker broke the protocol.
    case offended(PeerID, reason: String)
    case poller(PeerID, PollerMessage)
    case uploader(PeerID, UploaderMessage)
    case reporter(PeerID, ReporterMessage)
    /// A failure that no task had is to be reported.
    case test(Failure)
}

/// What the engine wants done, once what it knows is safe on disk.
enum DispatchEffect: Sendable {
    case poll(PeerID, PollerOrder)
    case collect(PeerID, FailureKey, Collection)
    case deliver(PeerID, Delivery)
    /// Forget this connection; with an offence, have the worker restarted.
    case close(PeerID, Role, offence: String?)
    /// Something that logs and metrics tell.
    case note(DispatchNote)
}

/// The logs of one case, to be saved.
struct Collection: Sendable {
    var failure: Failure
    var standing: CollectionStanding
}

/// What the operator may want to know.
enum DispatchNote: Equatable, Sendable {
    case recorded(Failure)
    /// So many failures of the first snapshot are no news.
    case baseline(Int)
    case baselined
    case skipped(Failure)
    /// The task's labels name more instances of a reporter than it may have: these get no report.
    case surplus(Failure, reporter: String, instances: [String], most: Int)
    case collected(Failure, logsError: String?)
    case uncollected(Failure, reason: String, next: Timestamp)
    /// The logs of a case that was reported without them are saved now, or, with an error, never will be.
    case collectedLate(Failure, error: String?)
    /// A report came to an end.
    case ended(Failure, reporter: String, instance: String, DeliveryState, error: String?)
    case undelivered(reporter: String, id: Int64, reason: String, next: Timestamp)
    /// A reporter tries nothing that goes the same way before that moment.
    case turnedAway(reporter: String, instance: String, reason: String, next: Timestamp)
    /// Too many of the same kind: one more is held. The first one of a flood says so aloud.
    case held(Failure, reporter: String, instance: String, isFirst: Bool, until: Timestamp)
    /// What was held is reported in one.
    case summarised(reporter: String, instance: String, HeldFailures)
    /// A piece of work was in a worker's hands in too many of its crashes.
    case quarantined(Role, what: String, crashes: Int)
    case crashed(Role, inFlight: Int, reason: String)
    case unreadable(String)
    case dropped(keys: Int)
    case pruned(cases: Int)
    /// So many failures are not recorded until there is room.
    case holding(Int)
    case health(HealthAnswer)
    case clockSetBack
}
