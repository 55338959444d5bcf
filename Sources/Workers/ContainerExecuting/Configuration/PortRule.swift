import DockerClient
import MesosExecutor

/// Exposes the ports of the container, and binds those that have a port of the host.
enum PortRule {
    static func apply(
        _ mappings: [DockerInfo.PortMapping], to specification: inout ContainerSpecification
    ) throws(ContainerConfigurationError) {
        for mapping in mappings {
            guard (1...65_535).contains(mapping.containerPort), (mapping.hostPort ?? 0) <= 65_535 else {
                throw ContainerConfigurationError(
                    "port mapping \(mapping.hostPort ?? 0) to \(mapping.containerPort): ports are 1 to 65535")
            }
            for name in try protocols(mapping) {
                let port = "\(mapping.containerPort)/\(name)"
                specification.exposedPorts.insert(port)
                guard let host = mapping.hostPort, host > 0 else { continue }
                let binding = ContainerInspection.PortBinding(hostPort: String(host))
                if specification.host.portBindings[port]?.contains(binding) != true {
                    specification.host.portBindings[port, default: []].append(binding)
                }
            }
        }
    }

    private static func protocols(
        _ mapping: DockerInfo.PortMapping
    ) throws(ContainerConfigurationError) -> [String] {
        let names = (mapping.protocol ?? "").split(separator: ",").map {
            String($0.filter { !$0.isWhitespace }).lowercased()
        }.filter { !$0.isEmpty }
        if let other = names.first(where: { !["tcp", "udp", "sctp"].contains($0) }) {
            throw ContainerConfigurationError(
                "port mapping of \(mapping.containerPort): unknown protocol \(other), tcp, udp and sctp are known")
        }
        return names.isEmpty ? ["tcp"] : names
    }
}
