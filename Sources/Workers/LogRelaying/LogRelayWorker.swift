import CProcess
import DockerClient
import FoundationEssentials
import HTTPClient
import Logging
import Supervision

/// The worker that relays the container's output, to a syslog server and to standard output. The task needs it for
/// nothing: it may crash and come back.
public struct LogRelayWorker: Worker {
    public static let role = "relay"
    /// How long it may take, once the task is over, to pass on the last lines: a container that wrote as fast as it could
    /// is ahead of dockerd, which has to read all that again.
    public static let farewell: Duration = .seconds(30)

    /// So long nothing may come of what is left.
    private static let silence: Duration = .seconds(10)
    /// So much of all that is for the end of the process itself.
    private static let reserve: Duration = .seconds(1)

    private let settings: RelaySettings

    public init(_ settings: RelaySettings) {
        self.settings = settings
    }

    public func run(_ context: WorkerContext) async throws {
        let http = HTTPClient(
            HTTPClient.Configuration(userAgent: "sidecar-executor", maxCachedConnections: 2, proxy: .none))
        let docker = DockerClient(
            try DockerEndpoint(environment: context.settings.environment, checksFiles: false), http: http)
        let relay = LogRelay(settings, docker: docker, logger: Logger(label: Self.role))
        await context.ready()
        cprocess_release_memory()
        let work = Task { await relay.run() }
        let saving = Task { await Self.sparely() }
        defer { saving.cancel() }
        await withTaskCancellationHandler {
            await work.value
            // The supervisor ends it when the task is over.
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
        } onCancel: {
            Task { [settings] in
                await Self.waitForTheRest(of: relay, docker, settings)
                work.cancel()
            }
        }
    }

    /// Waits as long as there can be more lines to come, and they do come.
    private static func waitForTheRest(of relay: LogRelay, _ docker: DockerClient, _ settings: RelaySettings) async {
        let end = ContinuousClock.now + farewell - reserve
        do {
            guard let container = try await docker.containers(labels: [settings.container]).first else { return }
            // What runs on has no end to wait for.
            if try await docker.inspect(container.id).state.isRunning { return }
        } catch {
            // dockerd may be back in a moment.
        }
        var count = await relay.lineCount
        var patience = ContinuousClock.now + silence
        while .now < min(end, patience) {
            try? await Task.sleep(for: .milliseconds(50))
            let now = await relay.lineCount
            if now > count { patience = .now + silence }
            count = now
        }
    }

    /// A copy runs beside a task, and mostly waits: gives back what waiting does not need.
    private static func sparely() async {
        var pause: Duration = .seconds(5)
        while (try? await Task.sleep(for: pause)) != nil {
            cprocess_release_memory()
            pause = .seconds(20)
        }
    }
}
