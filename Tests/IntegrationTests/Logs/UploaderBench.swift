import AgentTesting
import Complaints
import Foundation
import HTTPClient
import Logging
import ObjectStorage
import Synchronization

@testable import Uploading

/// The uploader in this process, with the dispatcher's part played by the test: cases come again when they are given
/// back, faster than in earnest.
struct UploaderBench: Sendable {
    /// How a case ended.
    struct Outcome: Sendable {
        var evidence: Evidence
        /// What it was reported with before that, if it was.
        var preliminary: Evidence?
        var tries: Int
        /// Why it was given back, each time.
        var reasons: [String]
        /// Until there was something to report.
        var reportedAfter: Duration
    }

    let uploader: StoreUploader

    init(
        _ gateway: CephGateway, _ owner: String = "s3aws", port: Int? = nil, settings: LogSettings = LogSettings()
    ) throws {
        var values = [
            "access_key": gateway.credentials.accessKey, "secret_key": gateway.credentials.secretKey,
            "bucket": gateway.bucket, "region": gateway.region, "path_style": "true",
            "endpoint": port.map { "http://127.0.0.1:\($0)" } ?? gateway.endpoint,
            "prefix": "{{ .failure.Name }}/{{ .failure.ID }}", "timeout": "168h",
        ]
        if owner == "s3goamz" { values["path_style"] = nil }
        let settingValues = SettingValues(
            Dictionary(uniqueKeysWithValues: values.map { ("\(owner).\($0)", [$1]) }))
        let http = HTTPClient(HTTPClient.Configuration(proxy: .none))
        uploader = StoreUploader(
            http: http, target: try StoreTarget(owner, settingValues), access: AgentAccess(), settings: settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            retry: RetryPolicy(attempts: 4, firstDelay: .milliseconds(20), longestDelay: .milliseconds(200)))
    }

    /// A failure whose logs are in ``path(_:)`` of that agent.
    static func failure(_ id: String, on agent: FakeAgent, name: String = "task") -> Failure {
        var failure = Failure(
            id: id, name: name, slave: "127.0.0.1", framework: "f", state: "TASK_FAILED",
            started: Timestamp(nanoseconds: 1), finished: Timestamp(nanoseconds: 2), frameworkID: "F",
            agentID: "S\(agent.port)", terminal: Timestamp(nanoseconds: 2))
        failure.containerIDs = ["c"]
        failure.agent = AgentAddress(hostname: "127.0.0.1", ip: "127.0.0.1", port: agent.port)
        return failure
    }

    /// The sandbox of a failure with that id on a fake agent.
    static func path(_ id: String, on agent: FakeAgent) -> String {
        "/mesos/slaves/S\(agent.port)/frameworks/F/executors/\(id)/runs/c"
    }

    /// One case until its end, or until it was tried so often.
    func run(_ failure: Failure, tries: Int = 100, longestPause: Duration = .milliseconds(200)) async throws -> Outcome
    {
        let start = ContinuousClock.now
        let preliminary = Mutex<(Evidence, Duration)?>(nil)
        var standing = CollectionStanding()
        var reasons: [String] = []
        while true {
            do throws(UploadError) {
                let evidence = try await uploader.collect(failure, standing) { evidence in
                    preliminary.withLock { $0 = $0 ?? (evidence, ContinuousClock.now - start) }
                }
                let reported = preliminary.withLock { $0 }
                return Outcome(
                    evidence: evidence, preliminary: reported?.0, tries: standing.attempts + 1, reasons: reasons,
                    reportedAfter: reported?.1 ?? (ContinuousClock.now - start))
            } catch {
                standing.attempts += 1
                reasons.append(error.reason)
                standing.isReported = preliminary.withLock { $0 != nil }
                let elapsed = (ContinuousClock.now - start).components
                standing.age = Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
                guard standing.attempts < tries else {
                    throw HarnessError("\(failure.id) was tried \(tries) times: \(error.reason)")
                }
                try await Task.sleep(for: min(longestPause, .seconds(error.retryAfter ?? 1)))
            }
        }
    }
}
