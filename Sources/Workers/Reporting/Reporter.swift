import Complaints
import Observability

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

/// In what order a reporter makes its reports. The dispatcher gives them out in the order of failure within an app, and
/// lets apps take turns; with `SettingOwner.keepsOrder`, in the order of failure of all.
public enum DeliveryOrder: Sendable {
    /// Side by side: any may be done before another.
    case any
    /// To one place one after the other, in order; to different places side by side.
    case perDestination
    /// All one after the other, in order. Its settings' owner says ``SettingOwner/keepsOrder``.
    case strict
}

/// One report to be made, with everything around it that a reporter needs.
public struct Report: Sendable {
    /// What is to be delivered; the ends of logs are fit to be shown.
    public internal(set) var delivery: Delivery
    private let labels: LabelResolver
    /// Keys of labels, or of settings, that cannot be used for this report.
    private var unusable: Set<String> = []
    /// Names of settings whose values are kept from the host of this report.
    private(set) var withheld: Set<String> = []
    /// Why, one line for each; a report shows them.
    private(set) var remarks: [String] = []
    /// The reporter's.
    let kind: String
    private let take: @Sendable (String) async -> Void
    private let secrets = Redactor(masksUserInfo: false)

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
        secrets.register(delivery.failure.secretLabelValues)
        hideSecrets()
    }

    /// A task that prints its own TaskInfo has the secrets of its labels in its log.
    private mutating func hideSecrets() {
        delivery.evidence.stdoutTail = hidden(delivery.evidence.stdoutTail)
        delivery.evidence.stderrTail = hidden(delivery.evidence.stderrTail)
        delivery.evidence.logsError = delivery.evidence.logsError.map(hidden)
        delivery.failure.message = hidden(delivery.failure.message)
        delivery.failure.reason = hidden(delivery.failure.reason)
    }

    /// The text without values of labels that hold secrets.
    func hidden(_ text: String) -> String { secrets.redact(text) }

    /// What every report that no failed task caused begins with.
    public static let testMark = "[test]"

    /// The value of a label of this reporter instance, or nil when the task does not set it.
    public func label(_ key: String) -> String? { unusable.contains(key) ? nil : found(key)?.value }

    /// The label with its name, whether it can be used or not.
    private func found(_ key: String) -> (name: String, value: String)? {
        labels.label(key, reporter: kind, instance: delivery.instance, labels: delivery.failure.labels)
    }

    /// The label of a key that tasks may also set for all reporters at once.
    func sharedLabel(_ key: String) -> (name: String, value: String)? {
        labels.sharedLabel(key, reporter: kind, instance: delivery.instance, labels: delivery.failure.labels)
    }

    /// The report is made without this label, and says so.
    mutating func leaveOut(label key: String, because reason: String) {
        guard let name = found(key)?.name, unusable.insert(key).inserted else { return }
        remark("the label \(name) is not used: \(reason)")
    }

    /// The report is made with the default of this setting, and says so.
    mutating func leaveOut(setting name: String, because reason: String) {
        guard unusable.insert(name).inserted else { return }
        remark("the setting \(name) is not used: \(reason)")
    }

    /// The setting's value does not go where this report goes.
    mutating func withhold(setting name: String) { withheld.insert(name) }

    /// How many labels and settings the report is made without.
    var leftOut: Int { unusable.count }

    /// Whether the default is to be used in place of the setting.
    func isLeftOut(setting name: String) -> Bool { unusable.contains(name) }

    /// Adds a line about how the report was made.
    mutating func remark(_ text: String) {
        guard remarks.count < Self.maximumRemarks else { return }
        let line = LogText.shown(text, maxBytes: .max).split(whereSeparator: \.isNewline).joined(separator: " ")
        let scalars = line.unicodeScalars
        let isLong = scalars.count > Self.maximumRemark
        remarks.append(
            "(\(String(String.UnicodeScalarView(scalars.prefix(Self.maximumRemark))))\(isLong ? "…" : ""))")
    }

    mutating func escapeRemarks(_ escape: (String) -> String) { remarks = remarks.map(escape) }

    private static let maximumRemarks = 8
    /// Characters of one remark.
    private static let maximumRemark = 300

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

/// What keeps a report from being made, and can be left out.
struct UnusableValue: Sendable, Equatable {
    enum Origin: Sendable, Equatable {
        /// By its key, such as `format`.
        case label(String)
        /// By its name, such as `slack.format`.
        case setting(String)
    }

    var origin: Origin
    /// It took too much time, and will again.
    var isOverBudget = false
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
    /// The report failed because of this before anything was sent: it can be made without it.
    var unusable: UnusableValue?

    public init(_ reason: String, isPermanent: Bool = false, retryAfter: Double? = nil) {
        self.reason = reason
        self.isPermanent = isPermanent
        self.retryAfter = retryAfter
    }

    public var description: String { reason }
}
