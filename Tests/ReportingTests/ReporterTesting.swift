import Complaints
import Foundation
import Supervision
import Synchronization
import Testing

@testable import Reporting

/// Time that stands still until somebody sleeps.
final class FakeTime: Sendable {
    private struct State {
        var now = ContinuousClock.now
        var slept: [Duration] = []
    }
    private let state = Mutex(State())
    /// 2026-11-21T10:00:00Z.
    static let wallClock = Timestamp(nanoseconds: 1_795_255_200_000_000_000)

    var slept: [Duration] { state.withLock { $0.slept } }

    func advance(_ duration: Duration) { state.withLock { $0.now += duration } }

    var time: ServiceTime {
        ServiceTime(
            now: { [self] in state.withLock { $0.now } }, wallClock: { Self.wallClock },
            sleep: { [self] duration in
                state.withLock { state in
                    state.slept.append(duration)
                    state.now += duration
                }
            })
    }
}

extension Failure {
    static func sample(labels: [String: String] = [:]) -> Failure {
        var failure = Failure(
            id: "web.1", name: "web", slave: "agent7", framework: "marathon", image: "registry/web:3",
            state: "TASK_FAILED", started: Timestamp(nanoseconds: 1_795_251_600_000_000_000),
            finished: Timestamp(nanoseconds: 1_795_255_200_250_000_000), labels: labels, frameworkID: "F-1",
            agentID: "S-1", terminal: Timestamp(nanoseconds: 1_795_255_200_250_000_000))
        failure.message = "Command exited with status 1"
        failure.reason = "REASON_COMMAND_EXECUTOR_FAILED"
        failure.exitCode = 1
        return failure
    }
}

extension Report {
    /// A report to make, with a failure as masters tell them.
    static func sample(
        _ kind: String, labels: [String: String] = [:], instance: String = "default", tails: Bool = false,
        change: (inout Delivery) -> Void = { _ in }
    ) -> Report {
        var evidence = Evidence(stdoutURL: "http://s3/out?a=1&b=2", stderrURL: "http://s3/err")
        if tails {
            evidence.stdoutTail = "hello\n"
            evidence.stderrTail = "panic: ü\n"
        }
        var delivery = Delivery(
            id: 1, failure: .sample(labels: labels), evidence: evidence, instance: instance)
        change(&delivery)
        return Report(delivery, kind: kind, labels: LabelResolver(name: "default", isDefault: true)) { _ in }
    }
}

/// Values of settings, with the defaults of the kind as the program would tell its worker.
func settings(_ kind: String, _ values: [String: String] = [:]) -> WorkerSettings {
    var all: [String: [String]] = [:]
    let definitions = ReporterRegistry.all.map(\.owner).filter { $0.name == kind }
    for definition in definitions.flatMap(\.settings) { all[definition.name] = definition.defaultValue.map { [$0] } }
    for (key, value) in values { all["\(kind).\(key)"] = [value] }
    return WorkerSettings(values: all)
}

/// The error of a delivery that must fail.
func refusal(
    of report: Report, by reporter: any Reporter, sourceLocation: SourceLocation = #_sourceLocation
) async -> DeliveryError? {
    do throws(DeliveryError) {
        let result = try await reporter.deliver(report)
        Issue.record("delivered: \(result)", sourceLocation: sourceLocation)
        return nil
    } catch {
        return error
    }
}

/// Has a report fail so many times at its service. From the fifth failure on it must be turned away for 5 s, 10 s, 20 s …
/// after each, which go by.
func fail(
    _ report: Report, times count: Int, by reporter: any Reporter, _ time: FakeTime,
    sourceLocation: SourceLocation = #_sourceLocation
) async {
    for failures in 1...count {
        let error = await refusal(of: report, by: reporter, sourceLocation: sourceLocation)
        #expect(error?.isPermanent == false && error?.isTurnedAway == false, sourceLocation: sourceLocation)
        guard failures >= 5 else { continue }
        let pause = 5 << (failures - 5)
        let early = await refusal(of: report, by: reporter, sourceLocation: sourceLocation)
        #expect(early?.isTurnedAway == true && early?.retryAfter == Double(pause), sourceLocation: sourceLocation)
        time.advance(.seconds(pause))
    }
}

/// A folder that goes with this value.
final class TemporaryFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "reporting-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

/// JSON, for comparisons and look-ups.
func json(_ text: String) throws -> [String: any Sendable] {
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return try #require(object as? [String: any Sendable])
}
