import Complaints
import HTTPClient
import Logging
import Metrics
import Observability
import Supervision

/// The worker that collects evidence: it takes one order after the other from the dispatcher and keeps nothing.
public struct UploadingWorker: Worker {
    public init() {}

    public func run(_ context: WorkerContext) async throws {
        let http = HTTPClient()
        defer { http.shutdown() }
        let logger = Logger(label: context.role)
        let time = Timer(label: "complainer_collection_seconds")
        let uploader = try UploaderRegistry.make(context.settings, http: http, logger: logger)
        let service = PeerService<UploaderOrder, UploaderMessage>(
            role: "dispatcher", credit: uploader.credit, greeting: { .credit(uploader.credit) })
        await context.ready()
        await service.run(context) { order, channel in
            let (key, failure, standing) =
                switch order {
                case .collect(let key, let failure, let standing): (key, failure, standing)
                }
            let began = ContinuousClock.now
            defer { time.record(duration: ContinuousClock.now - began) }
            Fault.strike(context.role, on: "collection", name: failure.name)
            do throws(UploadError) {
                let evidence = try await uploader.collect(failure, standing) { evidence in
                    try? await channel.send(.preliminary(key, evidence))
                }
                if let problem = evidence.logsError {
                    logger.warning(
                        "\(problem)",
                        metadata: [LogMetadata.taskID: "\(failure.id)", LogMetadata.framework: "\(failure.framework)"])
                }
                return .collected(key, evidence)
            } catch {
                return .uncollected(key, reason: error.reason, retryAfter: error.retryAfter)
            }
        }
    }
}

/// The uploaders there are, by the name that `-uploader` takes.
public enum UploaderRegistry {
    /// What each can be told.
    public static let owners = [NoopSettings.owner, S3AWSSettings.owner, S3GoamzSettings.owner]

    public static var names: [String] { owners.map(\.name) }

    static func make(_ settings: WorkerSettings, http: HTTPClient, logger: Logger) throws -> any Uploader {
        let values = SettingValues(settings.values)
        let access = AgentAccess(values)
        let logs = LogSettings(values)
        switch values["uploader"] {
        case "noop": return NoopUploader(http: http, access: access, settings: logs)
        case let name? where name == "s3aws" || name == "s3goamz":
            let target = try StoreTarget(name, values)
            guard settings.values[ReservedSetting.test] == nil else {
                return SampleUploader(http: http, target: target)
            }
            return StoreUploader(
                http: http, target: target, access: access, settings: logs, logger: logger)
        case let name:
            throw UploadError(
                "there is no uploader \"\(name ?? "")\"; -uploader takes \(names.joined(separator: ", "))")
        }
    }
}
