import DockerClient
import MesosExecutor

/// Folders of the host, of the sandbox, and named volumes.
enum VolumeRule {
    static func apply(
        _ volumes: [VolumeInfo], sandbox: String, to specification: inout ContainerSpecification
    ) throws(ContainerConfigurationError) {
        for volume in volumes {
            let target = volume.containerPath
            guard target.hasPrefix("/") else {
                throw ContainerConfigurationError("volume \(target): its path in the container must begin with a slash")
            }
            switch try source(of: volume, sandbox: sandbox, hasDriver: specification.host.volumeDriver != nil) {
            case .none: specification.anonymousVolumes.insert(target)
            case .path(let path):
                if path.contains(":") || target.contains(":") {
                    // Which a bind cannot say. Docker then wants the folder to be there.
                    let mount = Mount(.bind, source: path, target: target, isReadOnly: volume.isReadOnly)
                    specification.host.mounts.append(mount)
                } else {
                    specification.host.binds.append("\(path):\(target)\(volume.isReadOnly ? ":ro" : "")")
                }
            case .named(let name, let driver, let options):
                specification.host.mounts.append(
                    Mount(
                        .volume(driver: driver ?? specification.host.volumeDriver, options: options), source: name,
                        target: target, isReadOnly: volume.isReadOnly))
            }
        }
    }

    private enum Source {
        case none
        case path(String)
        case named(String, driver: String?, options: [String: String])
    }

    private static func source(
        of volume: VolumeInfo, sandbox: String, hasDriver: Bool
    ) throws(ContainerConfigurationError) -> Source {
        func failure(_ reason: String) -> ContainerConfigurationError {
            ContainerConfigurationError("volume \(volume.containerPath): \(reason)")
        }
        func inSandbox(_ path: String) throws(ContainerConfigurationError) -> Source {
            guard !path.split(separator: "/").contains("..") else { throw failure("\(path) leads out of the sandbox") }
            return .path("\(sandbox)/\(path)")
        }
        switch volume.source {
        case .dockerVolume(let name, let driver, let options):
            let pairs = options.map { ($0.key, $0.value) }
            return .named(name, driver: driver, options: Dictionary(pairs) { _, last in last })
        case .hostPath(let path): return path.hasPrefix("/") ? .path(path) : try inSandbox(path)
        case .sandboxPath(let path, nil), .sandboxPath(let path, "SELF"): return try inSandbox(path)
        case .sandboxPath(_, let type?): throw failure("a sandbox path of type \(type) is not supported, SELF is")
        case .other(let type): throw failure("a source of type \(type) is not supported")
        case nil: break
        }
        guard let path = volume.hostPath, !path.isEmpty else { return .none }
        if path.hasPrefix("/") { return .path(path) }
        // As Mesos' own containerizer: with a driver it is not a path but a name.
        return hasDriver ? .named(path, driver: nil, options: [:]) : try inSandbox(path)
    }
}
