import DockerClient
import HTTPClient
import Logging
import MesosExecutor
import Observability
import SidecarClient

/// The container of the task, from its image to its last output: what the life wants done, in Docker's terms.
struct TaskContainer: Sendable {
    let task: TaskInfo
    let name: String
    let settings: ExecutorSettings
    let environment: ExecutorEnvironment
    let variables: [String: String]
    let docker: DockerClient
    let http: HTTPClient
    let logger = Logger(label: ContainerWorker.role)

    /// A dockerd that restarts is back sooner than this.
    static let patience: Duration = .seconds(120)
    private static let pullTries = 5

    init(
        _ task: TaskInfo, settings: ExecutorSettings, environment: ExecutorEnvironment, variables: [String: String],
        docker: DockerClient, http: HTTPClient
    ) {
        self.task = task
        self.settings = settings
        self.environment = environment
        self.variables = variables
        self.docker = docker
        self.http = http
        name = ContainerName.make(taskID: task.taskID, prefix: settings.containerNamePrefix)
    }

    var image: String { task.container?.docker?.image ?? "" }

    // MARK: To the running container

    /// What has become of the container that a process before this one made or was about to make. Waits for dockerd as
    /// long as it takes: without it nobody knows.
    func find() async -> TaskLife.Found {
        await persistently { () throws(DockerError) in
            let inspection: ContainerInspection
            do throws(DockerError) {
                inspection = try await docker.inspect(name)
            } catch  where error.kind == .notFound {
                return .nothing
            }
            // One of an earlier run of the same task: `create` will see to it.
            guard isOurs(inspection) else { return .nothing }
            if inspection.state.isCreated { return .created(id: inspection.id) }
            if inspection.state.isRunning {
                return .running(id: inspection.id, networks: Self.networks(inspection))
            }
            return .ended(id: inspection.id, Self.end(inspection))
        }
    }

    /// Fetches the image when it is not there, or is to be fresh.
    func pull() async throws(DockerError) {
        let isForced = task.container?.docker?.forcePullImage ?? false
        if !isForced, try await whileDockerIsAway({ () throws(DockerError) in try await docker.image(image) }) != nil {
            return
        }
        logger.info("pulling the image", metadata: ["image": "\(image)"])
        let found = await CredentialStore(environment: variables).credentials(
            for: image, repository: settings.dockerRepository)
        for warning in found.warnings { logger.warning("\(warning)") }
        for attempt in 1... {
            do throws(DockerError) {
                // A dockerd that restarts is no try of the registry.
                try await whileDockerIsAway { () throws(DockerError) in
                    try await docker.pull(image, credentials: found.credentials) { [logger, image] in
                        logger.info("pulling the image", metadata: ["image": "\(image)", "progress": "\($0)"])
                    }
                }
                return
            } catch {
                guard error.isWorthRetrying, attempt < Self.pullTries, !Task.isCancelled else { throw error }
                logger.warning("\(error)", metadata: ["try": "\(attempt) of \(Self.pullTries)"])
                try? await Task.sleep(for: .seconds(1 << (attempt - 1)))
            }
        }
    }

    /// Its environment as the task has it: what is to be looked for secrets.
    func environmentOfTask() throws(ContainerConfigurationError) -> [String] {
        try ContainerConfiguration.make(
            task, settings: settings, in: .init(environment, variables: variables, hostCPUs: 1)
        ).environment
    }

    /// Makes the container; one of that name that this executor made counts.
    func create(with secrets: ResolvedSecrets) async throws -> String {
        var specification = try await specification(secrets.credentials)
        let (variables, shown) = secrets.apply(to: specification.environment)
        specification.environment = variables
        for variable in shown { logger.info("container's environment \(variable)") }
        return try await whileDockerIsAway { () throws(DockerError) in
            do throws(DockerError) {
                let created = try await docker.create(name: name, specification)
                for warning in created.warnings { logger.warning("Docker says: \(warning)") }
                return created.id
            } catch  where error.kind == .conflict {
                return try await takeOver(specification, instead: error)
            }
        }
    }

    /// Starts it; the addresses it has got.
    func start(_ id: String) async throws(DockerError) -> [NetworkInfo] {
        try await whileDockerIsAway { () throws(DockerError) in
            try await docker.start(id)
            return Self.networks(try await docker.inspect(id))
        }
    }

    /// There is a container of our name. It is ours if our own request made it although its answer was lost; one of an
    /// earlier run of the same task is in the way.
    private func takeOver(
        _ specification: ContainerSpecification, instead error: DockerError
    ) async throws(DockerError) -> String {
        let other = try await docker.inspect(name)
        if isOurs(other) { return other.id }
        guard !other.state.isRunning else { throw error }
        logger.warning("removing the container of an earlier run of this task", metadata: ["id": "\(other.shortID)"])
        try await docker.remove(other.id, force: true, volumes: true)
        return try await docker.create(name: name, specification).id
    }

    private func isOurs(_ container: ContainerInspection) -> Bool {
        container.labels[ContainerLabel.sandbox] == environment.hostSandbox
    }

    private func specification(
        _ credentials: [CommandInfo.EnvironmentVariable]
    ) async throws -> ContainerSpecification {
        var seeds: [String] = []
        if settings.seedSidecar {
            do {
                seeds = try await SeedFinder(http: http, timeout: settings.httpTimeout).seeds(
                    agent: "http://\(environment.endpoint)", masterPort: settings.mesosMasterPort)
            } catch {
                logger.warning("no seeds for Sidecar: \(error)")
            }
        }
        let needsCPUs = settings.forceCPULimit && settings.useCPUShares
        let cpus =
            needsCPUs
            ? try await whileDockerIsAway { () throws(DockerError) in try await docker.information().cpus } : 1
        return try ContainerConfiguration.make(
            task, settings: settings,
            in: .init(
                environment, variables: variables, seeds: seeds, credentials: credentials, hostCPUs: cpus))
    }

    // MARK: Its end

    /// Waits for its end, whatever dockerd does meanwhile; nil when nobody wants to know any more.
    func watch(_ id: String) async -> TaskLife.Event? {
        var pause: Duration = .milliseconds(50)
        while !Task.isCancelled {
            do throws(DockerError) {
                _ = try await docker.wait(id)
                let inspection = try await docker.inspect(id)
                if !inspection.state.isRunning { return .ended(Self.end(inspection)) }
                pause = .milliseconds(50)
            } catch {
                if error.kind == .notFound { return .vanished }
                if Task.isCancelled { return nil }
                logger.warning("\(error)", metadata: ["retry-in": "\(pause)"])
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(1))
            }
        }
        return nil
    }

    func stop(_ id: String, grace: Duration) async {
        logger.info("stopping the container", metadata: ["id": "\(id.prefix(12))", "grace": "\(grace)"])
        await chore { () throws(DockerError) in try await docker.stop(id, grace: grace) }
    }

    func kill(_ id: String) async {
        logger.warning("the container has not ended in time and is killed", metadata: ["id": "\(id.prefix(12))"])
        await chore { () throws(DockerError) in try await docker.kill(id) }
    }

    func remove(_ id: String) async {
        await chore { () throws(DockerError) in try await docker.remove(id, force: true, volumes: true) }
    }

    /// Something whose success is seen elsewhere: at the container.
    private func chore(_ work: () async throws(DockerError) -> Void) async {
        do throws(DockerError) {
            try await whileDockerIsAway(work)
        } catch {
            // Gone, or ended by itself: what was wanted.
            guard error.kind != .notFound, error.kind != .conflict, !Task.isCancelled else { return }
            logger.error("\(error)")
        }
    }

    // MARK: dockerd goes and comes

    private func whileDockerIsAway<Value: Sendable>(
        _ work: () async throws(DockerError) -> Value
    ) async throws(DockerError) -> Value {
        var away: ContinuousClock.Instant?
        var pause: Duration = .milliseconds(50)
        while true {
            do throws(DockerError) {
                return try await work()
            } catch {
                // From then on, and not from the beginning of what may well have taken longer.
                let until = (away ?? .now) + Self.patience
                away = away ?? .now
                guard error.isDockerAway, .now < until, !Task.isCancelled else { throw error }
                logger.warning("\(error)", metadata: ["retry-in": "\(pause)"])
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(1))
            }
        }
    }

    private func persistently(_ work: () async throws(DockerError) -> TaskLife.Found) async -> TaskLife.Found {
        while true {
            do throws(DockerError) {
                return try await whileDockerIsAway(work)
            } catch {
                if Task.isCancelled { return .nothing }
                logger.error("cannot tell what has become of the container: \(error)")
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private static func end(_ inspection: ContainerInspection) -> ContainerEnd {
        ContainerEnd(
            exitCode: inspection.state.exitCode, isOutOfMemory: inspection.state.isOutOfMemory,
            memoryLimit: inspection.memoryLimit, error: Redactor.shared.redact(inspection.state.error))
    }

    private static func networks(_ inspection: ContainerInspection) -> [NetworkInfo] {
        inspection.networks.compactMap { network in
            let addresses = [network.ipAddress, network.ipv6Address].compactMap { $0 }
            return addresses.isEmpty ? nil : NetworkInfo(name: network.name, ipAddresses: addresses)
        }
    }
}
