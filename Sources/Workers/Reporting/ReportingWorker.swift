import Complaints
import Logging
import Metrics
import Observability
import Supervision

/// The worker around a reporter: it takes deliveries from the dispatcher, answers each, and keeps only the keys of the
/// newest ones, so that a dispatcher that died before it wrote down an answer does not cause a second report.
public struct ReportingWorker: Worker {
    private let kind: String
    private let make: @Sendable (WorkerSettings) throws -> any Reporter

    /// - Parameter kind: the part of the role after `reporter/`.
    public init(kind: String) throws(UnknownReporter) {
        guard let make = ReporterRegistry.kind(kind)?.make else { throw UnknownReporter(kind: kind) }
        self.kind = kind
        self.make = make
    }

    public func run(_ context: WorkerContext) async throws {
        let reporter = try make(context.settings)
        let labels = LabelResolver(
            name: context.settings.values["name"]?.last ?? LabelResolver.defaultName,
            isDefault: SettingValues(context.settings.values).bool("default") != false)
        let logger = Logger(label: context.role)
        guard let owner = ReporterRegistry.kind(kind)?.owner else { throw UnknownReporter(kind: kind) }
        let check = LabelCheck(owner, SettingValues(context.settings.values))
        let deliveries = DeliveriesUnderWay()
        let time = Timer(label: "complainer_report_seconds")
        let service = PeerService<ReporterOrder, ReporterMessage>(
            role: "dispatcher", credit: reporter.credit, isSerial: reporter.order == .strict,
            survival: Self.survival,
            greeting: {
                .credit(
                    reporter.credit, note: await reporter.position(),
                    perDestination: reporter.order == .perDestination ? 1 : nil)
            })
        await context.ready()
        let work = Task { await reporter.work() }
        defer { work.cancel() }
        await service.run(context) { [kind] order, channel in
            let delivery =
                switch order {
                case .deliver(let delivery): delivery
                }
            let report = Report(delivery, kind: kind, labels: labels) { note in
                try? await channel.send(.noted(note))
            }
            let outcome = await deliveries.make(delivery) {
                let began = ContinuousClock.now
                defer { time.record(duration: ContinuousClock.now - began) }
                Fault.strike(context.role, on: "delivery", name: delivery.failure.name)
                return await ServiceGate.$isSuspect.withValue(delivery.isSuspect) {
                    await deliver(report, by: reporter, check, logger)
                }
            }
            switch outcome {
            case .success: return .delivered(id: delivery.id)
            case .failure(let error):
                return .undelivered(
                    id: delivery.id, reason: error.reason, retryAfter: error.retryAfter,
                    permanent: error.isPermanent, turnedAway: error.isTurnedAway, ambiguous: error.isAmbiguous)
            }
        }
    }

    /// A report that is on its way when the dispatcher dies arrives: it would be made twice otherwise. Longer than any
    /// reporter takes.
    private static let survival = Duration.seconds(60)

    private func deliver(
        _ report: Report, by reporter: any Reporter, _ check: LabelCheck, _ logger: Logger
    ) async -> Result<Void, DeliveryError> {
        let (result, made) = await check.deliver(report) { report in await deliver(report, by: reporter, logger) }
        for remark in made.remarks {
            logger.warning("reported without a value: \(remark)", metadata: metadata(made))
        }
        return result
    }

    private func metadata(_ report: Report) -> Logger.Metadata {
        let delivery = report.delivery
        return [
            LogMetadata.taskID: "\(delivery.failure.id)", LogMetadata.framework: "\(delivery.failure.framework)",
            LogMetadata.reporter: "\(kind)", LogMetadata.instance: "\(delivery.instance)",
        ]
    }

    private func deliver(
        _ report: Report, by reporter: any Reporter, _ logger: Logger
    ) async -> Result<Void, DeliveryError> {
        let delivery = report.delivery
        let metadata = metadata(report)
        do throws(DeliveryError) {
            switch try await reporter.deliver(report) {
            case .delivered: logger.info("reported the failure of \(delivery.failure.name)", metadata: metadata)
            case .notConfigured(let missing) where delivery.isTest:
                throw DeliveryError(
                    "\(missing) is not set: give -\(kind).\(missing), or the label of this instance", isPermanent: true)
            case .notConfigured(let missing):
                logger.debug("not reported: \(missing) is not set", metadata: metadata)
            }
            return .success(())
        } catch {
            return .failure(error)
        }
    }
}

/// A name in `-reporters` that is none.
public struct UnknownReporter: Error, Equatable, CustomStringConvertible {
    public let kind: String

    public init(kind: String) {
        self.kind = kind
    }

    public var description: String {
        "there is no reporter \"\(kind)\"; -reporters takes \(ReporterRegistry.names.joined(separator: ", "))"
    }
}
