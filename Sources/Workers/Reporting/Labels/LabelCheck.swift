import Complaints
import Synchronization

/// Finds the labels of a task that a report cannot be made with, so that it is made without them.
///
/// A task's owner makes mistakes, or means harm; neither may cost the report.
final class LabelCheck: Sendable {
    private let owner: SettingOwner
    private let policy: DestinationPolicy
    private let templates = ParsedLabels<String?>()
    private let expensive: ExpensiveLabels

    init(
        _ owner: SettingOwner, _ values: SettingValues = SettingValues([:]),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.owner = owner
        policy = DestinationPolicy(owner, values)
        expensive = ExpensiveLabels(now: now)
    }

    /// Makes a report, without what keeps it from being made if it must be.
    ///
    /// - Returns: what came of it, and the report as it was made, with a remark for each value that was left out.
    func deliver(
        _ report: Report, by attempt: (Report) async -> Result<Void, DeliveryError>
    ) async -> (Result<Void, DeliveryError>, Report) {
        var report = checked(report)
        while true {
            let result = await attempt(report)
            guard case .failure(let error) = result, let value = error.unusable,
                let rest = without(value, error.reason, report)
            else { return (result, report) }
            report = rest
        }
    }

    /// The report without what cannot be used, and with a remark for each.
    func checked(_ report: Report) -> Report {
        var report = report
        for definition in owner.settings {
            let key = String(definition.name.dropFirst(owner.name.count + 1))
            guard let value = report.label(key) else { continue }
            if let problem = definition.problem(withLabel: value) ?? templateProblem(definition, value) {
                report.leaveOut(label: key, because: problem)
            } else if expensive.contains(key, report.delivery.failure) {
                report.leaveOut(
                    label: key, because: "it took too much time a moment ago; it is tried again in a minute")
            }
        }
        policy.apply(to: &report)
        checkFlood(&report)
        return report
    }

    /// The report without what it failed because of; nil when it cannot be made without that.
    func without(_ value: UnusableValue, _ reason: String, _ report: Report) -> Report? {
        var copy = report
        switch value.origin {
        case .label(let key):
            if value.isOverBudget { expensive.insert(key, report.delivery.failure) }
            copy.leaveOut(label: key, because: reason)
        case .setting(let name): copy.leaveOut(setting: name, because: reason)
        }
        // What is left may lead elsewhere now.
        policy.apply(to: &copy)
        // Not by the remarks, of which there are only so many.
        return copy.leftOut > report.leftOut ? copy : nil
    }

    private func templateProblem(_ definition: SettingDefinition, _ value: String) -> String? {
        guard definition.kind == .template else { return nil }
        return templates.value(of: value) { ReportTemplate.problem($0) }
    }

    /// What the dispatcher did without.
    private func checkFlood(_ report: inout Report) {
        if let label = report.sharedLabel("flood_limit"), Int(label.value).map({ $0 >= 0 }) != true {
            report.remark("the label \(label.name) is not used: it is not a number from 0 on")
        }
        if let label = report.sharedLabel("flood_window"),
            SettingValues(["window": [label.value]]).duration("window").map({ $0 > .zero }) != true
        {
            report.remark("the label \(label.name) is not used: it is not a duration such as 5m")
        }
    }
}

/// Labels of apps that took too much time, so that a crash loop does not take it again and again.
final class ExpensiveLabels: Sendable {
    private struct Key: Hashable {
        var framework: String
        var name: String
        var label: String
    }

    /// How long the label of an app is left out.
    static let pause = Duration.seconds(60)
    private static let capacity = 256

    private let until = Mutex<[Key: ContinuousClock.Instant]>([:])
    private let now: @Sendable () -> ContinuousClock.Instant

    init(now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.now = now
    }

    func contains(_ label: String, _ failure: Failure) -> Bool {
        let key = Key(framework: failure.framework, name: failure.name, label: label)
        return until.withLock { $0[key].map { $0 > now() } ?? false }
    }

    func insert(_ label: String, _ failure: Failure) {
        let key = Key(framework: failure.framework, name: failure.name, label: label)
        let now = now()
        until.withLock { until in
            if until.count >= Self.capacity { until = until.filter { $0.value > now } }
            if until.count >= Self.capacity { until.removeAll() }
            until[key] = now + Self.pause
        }
    }
}
