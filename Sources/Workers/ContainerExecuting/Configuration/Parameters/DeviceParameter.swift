import DockerClient

/// `/dev/fuse`, `/dev/sda:/dev/xvda`, `/dev/sda:rw`, `/dev/sda:/dev/xvda:r`.
enum DeviceParameter {
    static func parse(_ text: String) throws(ParameterError) -> HostSpecification.Device {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        func arePermissions(_ text: String) -> Bool {
            !text.isEmpty && text.allSatisfy { "rwm".contains($0) } && Set(text).count == text.count
        }
        let host = parts[0]
        var device = HostSpecification.Device(hostPath: host, containerPath: host, permissions: "rwm")
        switch parts.count {
        case 1: break
        case 2 where arePermissions(parts[1]): device.permissions = parts[1]
        case 2: device.containerPath = parts[1]
        case 3 where arePermissions(parts[2]): (device.containerPath, device.permissions) = (parts[1], parts[2])
        default:
            throw ParameterError("host path, path in the container and permissions are expected: /dev/a:/dev/b:rwm")
        }
        guard device.hostPath.hasPrefix("/"), device.containerPath.hasPrefix("/") else {
            throw ParameterError("a device's path begins with a slash")
        }
        return device
    }
}
