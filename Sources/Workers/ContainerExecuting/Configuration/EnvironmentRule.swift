import DockerClient
import MesosExecutor

/// The container's environment. Of two variables with one name the later one counts, for Docker as for programs.
enum EnvironmentRule {
    static func variables(
        _ task: TaskInfo, _ docker: DockerInfo, parameters: [String], labels: [String: String],
        _ surroundings: ContainerConfiguration.Surroundings
    ) throws(ContainerConfigurationError) -> [String] {
        var variables: [String] = []
        let commands = [task.executor?.command, task.command]
        for variable in commands.flatMap({ $0?.environment ?? [] }) {
            guard let value = variable.value else {
                throw ContainerConfigurationError(
                    "environment variable \(variable.name) is a secret of Mesos, which this executor cannot open; "
                        + "vault://path can stand in its place")
            }
            variables.append("\(variable.name)=\(value)")
        }
        variables += parameters
        if !surroundings.seeds.isEmpty {
            variables.append("SIDECAR_SEEDS=\(surroundings.seeds.joined(separator: ","))")
        }
        variables += surroundings.credentials.map { "\($0.name)=\($0.value ?? "")" }
        for mapping in docker.portMappings {
            guard let port = mapping.hostPort, port > 0 else { continue }
            variables.append("MESOS_PORT_\(mapping.containerPort)=\(port)")
        }
        // The task may have one of its own.
        if !surroundings.taskHost.isEmpty { variables.append("MESOS_HOSTNAME=\(surroundings.taskHost)") }
        func label(_ name: String) -> String? { labels[name] ?? task.label(name) }
        if let name = label("ServiceName") { variables.append("SERVICE_NAME=\(name)") }
        if let environment = label("Environment") { variables.append("ENVIRONMENT=\(environment)") }
        let reference = ImageReference(docker.image)
        variables.append("SERVICE_VERSION=\(reference?.tag ?? reference?.digest ?? "latest")")
        return variables
    }
}
