import DockerClient
import GoNotation
import MesosExecutor

/// Makes the container's configuration from the task's: the one place where Mesos' words become Docker's.
public enum ContainerConfiguration {
    /// What else goes into a container than the task itself says.
    public struct Surroundings: Sendable, Equatable {
        public var frameworkID: String
        public var executorID: String
        /// The sandbox on the host, in which relative paths are.
        public var sandbox: String
        /// `TASK_HOST`.
        public var taskHost: String
        /// For `SIDECAR_SEEDS`; empty: none.
        public var seeds: [String]
        /// `AWS_…`, in this order.
        public var credentials: [CommandInfo.EnvironmentVariable]
        /// CPUs that Docker may use.
        public var hostCPUs: Int

        public init(
            frameworkID: String, executorID: String, sandbox: String, taskHost: String, seeds: [String] = [],
            credentials: [CommandInfo.EnvironmentVariable] = [], hostCPUs: Int
        ) {
            self.frameworkID = frameworkID
            self.executorID = executorID
            self.sandbox = sandbox
            self.taskHost = taskHost
            self.seeds = seeds
            self.credentials = credentials
            self.hostCPUs = hostCPUs
        }

        /// - Parameter variables: the executor's own environment, for `TASK_HOST`.
        public init(
            _ environment: ExecutorEnvironment, variables: [String: String], seeds: [String] = [],
            credentials: [CommandInfo.EnvironmentVariable] = [], hostCPUs: Int
        ) {
            self.init(
                frameworkID: environment.frameworkID, executorID: environment.executorID,
                sandbox: environment.hostSandbox, taskHost: variables["TASK_HOST"] ?? "", seeds: seeds,
                credentials: credentials, hostCPUs: hostCPUs)
        }
    }

    /// - Throws: ``ContainerConfigurationError``, which tells what of the task cannot be done.
    public static func make(
        _ task: TaskInfo, settings: ExecutorSettings, in surroundings: Surroundings
    ) throws(ContainerConfigurationError) -> ContainerSpecification {
        guard let container = task.container, let docker = container.docker, !docker.image.isEmpty else {
            throw ContainerConfigurationError(
                "the task has no container.docker.image, and this executor runs nothing else")
        }
        var specification = ContainerSpecification(image: docker.image)
        specification.hostname = container.hostname
        specification.host.isPrivileged = docker.privileged
        specification.host.volumeDriver = docker.volumeDriver
        specification.host.networkMode = try network(docker, container.networks)
        try CommandRule.apply(task, to: &specification)

        var labels: [String: String] = [:]
        var environment: [String] = []
        for parameter in docker.parameters {
            switch parameter.key {
            case "label":
                let (key, value) = split(parameter.value)
                labels[key] = value ?? ""
            case "env": environment.append(parameter.value)
            default: try DockerParameter.apply(parameter, to: &specification)
            }
        }
        specification.environment = try EnvironmentRule.variables(
            task, docker, parameters: environment, labels: labels, surroundings)
        try PortRule.apply(docker.portMappings, to: &specification)
        try VolumeRule.apply(container.volumes, sandbox: surroundings.sandbox, to: &specification)
        LimitRule.apply(task, settings, hostCPUs: surroundings.hostCPUs, to: &specification.host)

        labels[ShellCommand.label] = nil
        labels[ContainerLabel.task] = task.taskID
        labels[ContainerLabel.framework] = surroundings.frameworkID
        labels[ContainerLabel.executor] = surroundings.executorID
        labels[ContainerLabel.sandbox] = surroundings.sandbox
        specification.labels = labels
        return specification
    }

    /// A Docker label of the task: docker parameters `label`, the last one of a name.
    public static func dockerLabel(_ name: String, of task: TaskInfo) -> String? {
        var found: String?
        for parameter in task.container?.docker?.parameters ?? [] where parameter.key == "label" {
            let (key, value) = split(parameter.value)
            if key == name { found = value ?? "" }
        }
        return found
    }

    /// Whether Sidecar is asked for the container's health, and told to drain it: unless the Docker label
    /// `SidecarDiscover` is `false`, or another of Go's words for that.
    public static func isWatchedBySidecar(_ task: TaskInfo) -> Bool {
        dockerLabel("SidecarDiscover", of: task).flatMap { try? GoBool.parse($0) } ?? true
    }

    private static func network(
        _ docker: DockerInfo, _ networks: [NetworkInfo]
    ) throws(ContainerConfigurationError) -> String {
        let name = networks.lazy.compactMap(\.name).first { !$0.isEmpty }
        switch docker.network {
        case "HOST": return "host"
        case "BRIDGE": return "default"
        case "NONE": return "none"
        case "USER":
            // Docker's own parameter may name it as well.
            guard let name = name ?? docker.parameters.last(where: { $0.key == "network" })?.value else {
                throw ContainerConfigurationError("the network is USER, but container.network_infos names none")
            }
            return name
        case nil: return name ?? "default"
        case let other?:
            throw ContainerConfigurationError("unknown network \(other): HOST, BRIDGE, NONE and USER are known")
        }
    }

    /// `key=value`, at the first sign; nil without one.
    static func split(_ text: String) -> (key: String, value: String?) {
        guard let sign = text.firstIndex(of: "=") else { return (text, nil) }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }
}

/// What of a task cannot be made into a container.
public struct ContainerConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
