import Complaints

/// Tells people, or a service, about failures. One worker process for each kind.
public protocol Reporter: Sendable {
    /// Its name in `-reporters`, in labels and in the worker's role.
    static var kind: String { get }

    /// Deliveries at a time.
    var credit: Int { get }

    /// Which of them may get ahead of others.
    var order: DeliveryOrder { get }

    /// Where it stands now, in its own words, if that helps to find out whether a report was made: see ``Report/note(_:)``.
    func position() async -> String?

    /// What it does by itself, beside the deliveries and until it is cancelled.
    func work() async

    /// Makes one report.
    ///
    /// - Throws: ``DeliveryError``: whether another try makes sense.
    func deliver(_ report: Report) async throws(DeliveryError) -> DeliveryResult
}

extension Reporter {
    public var order: DeliveryOrder { .any }
    public func position() async -> String? { nil }
    public func work() async {}
}

/// In what order a reporter makes its reports. The dispatcher gives them out in the order of failure.
public enum DeliveryOrder: Sendable {
    /// Side by side: any may be done before another.
    case any
    /// To one place one after the other, in order; to different places side by side.
    case perDestination
    /// All one after the other, in order.
    case strict
}

/// One report to be made, with everything around it that a reporter needs.
public struct Report: Sendable {
    /// What is to be delivered; the ends of logs are fit to be shown.
    public internal(set) var delivery: Delivery
    private let labels: LabelResolver
    /// The reporter's.
    let kind: String
    private let take: @Sendable (String) async -> Void

    init(
        _ delivery: Delivery, kind: String, labels: LabelResolver, note: @escaping @Sendable (String) async -> Void
    ) {
        self.delivery = delivery
        // For everybody, templates too: logs hold what terminals obey and services refuse.
        self.delivery.evidence.stdoutTail = LogText.shown(delivery.evidence.stdoutTail)
        self.delivery.evidence.stderrTail = LogText.shown(delivery.evidence.stderrTail)
        self.kind = kind
        self.labels = labels
        take = note
    }

    /// What every report that no failed task caused begins with.
    public static let testMark = "[test]"

    /// The value of a label of this reporter instance, or nil when the task does not set it.
    public func label(_ key: String) -> String? {
        labels.value(key, reporter: kind, instance: delivery.instance, labels: delivery.failure.labels)
    }

    /// Says where the reporter stands now. Deliveries that are given out after that, and once more because somebody
    /// died, come back with it in ``Delivery/note``.
    public func note(_ text: String) async { await take(text) }
}

/// What became of a report.
public enum DeliveryResult: Sendable, Equatable {
    case delivered
    /// The instance lacks a setting that it needs; that is no error.
    case notConfigured(String)
}

/// Why a report could not be made.
public struct DeliveryError: Error, Sendable, Equatable, CustomStringConvertible {
    public var reason: String
    /// Another try would not help.
    public var isPermanent: Bool
    /// Seconds after which another try makes sense; nil leaves it to the dispatcher.
    public var retryAfter: Double?
    /// Nothing was tried: the service is known not to work now, or wants a pause. The same would become of every other
    /// report that goes there.
    public var isTurnedAway = false
    /// The service may be well but for this report, which it stumbles over.
    public var isAmbiguous = false

    public init(_ reason: String, isPermanent: Bool = false, retryAfter: Double? = nil) {
        self.reason = reason
        self.isPermanent = isPermanent
        self.retryAfter = retryAfter
    }

    public var description: String { reason }
}
