import DockerClient

/// `nofile=1024`, `nofile=1024:4096`; -1: no limit.
enum UlimitParameter {
    static func parse(_ text: String) throws(ParameterError) -> HostSpecification.Ulimit {
        let error = ParameterError("name=soft or name=soft:hard is expected, like nofile=1024:4096")
        guard case (let name, let limits?) = ContainerConfiguration.split(text), !name.isEmpty else { throw error }
        let parts = limits.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
        guard parts.count <= 2, let soft = parts[0], let hard = parts[parts.count - 1], soft >= -1, hard >= -1 else {
            throw error
        }
        guard hard == -1 || soft != -1 && soft <= hard else {
            throw ParameterError("the soft limit is above the hard one")
        }
        return HostSpecification.Ulimit(name: name, soft: soft, hard: hard)
    }
}
