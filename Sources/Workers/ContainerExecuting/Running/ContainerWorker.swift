import FoundationEssentials
import HTTPClient
import Logging
import MesosExecutor
import Supervision

/// The worker that runs the task: it speaks with the agent, with Docker and with Sidecar, and may die at any moment. The
/// next one takes over where it was.
public struct ContainerWorker: Worker {
    public static let role = "container"
    /// The name under which the supervisor hands over what is wrong with the settings.
    public static let problemSetting = "problem"

    private let setTitle: @Sendable (String) -> Void

    /// - Parameter setTitle: shows in `ps` which container this is about.
    public init(setTitle: @escaping @Sendable (String) -> Void = { _ in }) {
        self.setTitle = setTitle
    }

    public func run(_ context: WorkerContext) async throws {
        let variables = ProcessInfo.processInfo.environment
        let environment = try ExecutorEnvironment(variables)
        let loop = try ExecutorLoop(
            environment, variables: variables, handover: context.settings.handover,
            problem: context.settings.values[Self.problemSetting]?.first,
            show: { [setTitle] line in
                setTitle(line)
                await context.status(line)
            },
            note: context.settings.note.map { Array($0) }, leaveNote: { await context.leave(note: $0) },
            handOver: { await context.handOver($0) })
        await context.ready()
        // Being cancelled is an order to end the task, not to drop it: what does that must not be cancelled itself.
        let work = Task { try await loop.run() }
        let exitCode = try await withTaskCancellationHandler {
            try await work.value
        } onCancel: {
            loop.terminate(context.stopReason())
        }
        Fault.strike(Self.role, on: "done", name: "")
        await context.done(exitCode: exitCode)
    }
}
