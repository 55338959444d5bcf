import Complaints
import Glibc
import Logging
import NIOPosix
import Observability
import Supervision

/// The worker that tells people and programs how this instance is: over HTTP on its control socket, and on TCP with
/// `-listen`. It knows nothing by itself; it asks the dispatcher.
public struct ServingWorker: Worker {
    /// Of one thread: what is asked for here is little, and each thread costs memory. It ends with the process, as NIO
    /// still has something to do on it when the last connection is gone.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private let limits: ConnectionLimits
    private let runtimeDirectory: String?
    private let inspection: Duration

    public init() {
        self.init(limits: ConnectionLimits(), runtimeDirectory: getenv("RUNTIME_DIRECTORY").map { String(cString: $0) })
    }

    /// - Parameters:
    ///   - runtimeDirectory: the value of `$RUNTIME_DIRECTORY`.
    ///   - inspection: how often to look whether clients still find the control socket.
    init(limits: ConnectionLimits, runtimeDirectory: String?, inspection: Duration = .seconds(5)) {
        self.limits = limits
        self.inspection = inspection
        self.runtimeDirectory = runtimeDirectory
    }

    public func run(_ context: WorkerContext) async throws {
        let logger = Logger(label: context.role)
        let site = Site(
            instance: context.settings.values["name"]?.last ?? LabelResolver.defaultName,
            dispatcher: DispatcherLink(logger: logger), profiles: ProfileDesk(context: context))
        let listeners = try listeners(context.settings, instance: site.instance, logger: logger)
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, logger.logLevel <= .debug ? .trace : .warning)
        func server(_ routes: [Route]) -> ConnectionServer {
            ConnectionServer(
                handler: RequestHandler(routes: routes, site: site, logger: logger), limits: limits,
                group: Self.group, logger: quiet)
        }
        let isDebugging = SettingValues(context.settings.values).bool("listen.debug") != false
        let control = server(Routes.all)
        let network = isDebugging ? control : server(Routes.withoutProfiles)
        let board = ListenerBoard { await context.status($0) }
        let start = Start(awaiting: listeners.count) { await context.ready() }
        await start.begin()

        await withDiscardingTaskGroup { tasks in
            tasks.addTask { await site.dispatcher.run(context) }
            tasks.addTask { await refresh(site.dispatcher) }
            for listener in listeners {
                let keeper = ListenerKeeper(
                    listener: listener, server: listener is TCPListener ? network : control, board: board,
                    logger: logger, inspection: inspection)
                tasks.addTask { await keeper.run { await start.tried() } }
            }
        }
    }

    private func listeners(
        _ settings: WorkerSettings, instance: String, logger: Logger
    ) throws(NetworkAddress.Problem) -> [any Listener] {
        var listeners: [any Listener] = []
        let path = ControlSocket.path(
            instance: instance, runtimeDirectory: runtimeDirectory, stateDirectory: settings.values["state"]?.last)
        if let path {
            listeners.append(ControlListener(path: path))
        } else {
            logger.debug("no control socket: neither RUNTIME_DIRECTORY nor -state is set")
        }
        if let text = settings.values["listen"]?.last, !text.isEmpty, let address = try ListenAddress(text) {
            listeners.append(TCPListener(address: address))
        }
        return listeners
    }

    /// Asks now and then, so that there is something to remember when the dispatcher is away.
    private func refresh(_ dispatcher: DispatcherLink) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(5))
            _ = await dispatcher.health()
        }
    }
}

/// Says that the worker is ready when everything was tried once: an address that cannot be had must not keep the whole
/// program from being ready.
private actor Start {
    private var missing: Int
    private let ready: @Sendable () async -> Void

    init(awaiting count: Int, ready: @escaping @Sendable () async -> Void) {
        missing = count
        self.ready = ready
    }

    func begin() async {
        if missing == 0 { await ready() }
    }

    func tried() async {
        missing -= 1
        if missing == 0 { await ready() }
    }
}
