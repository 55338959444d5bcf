/// Names of one and the same registry, as they stand in configurations and in images.
enum RegistryName {
    /// What `docker login` without a registry writes.
    static let dockerHub = "https://index.docker.io/v1/"

    /// Host and port alone: `https://registry.example.com/v1/` is `registry.example.com`. All names of Docker Hub are
    /// one.
    static func host(of name: String) -> String {
        var rest = name[...]
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        let host = rest.prefix { $0 != "/" }.lowercased()
        return ["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"].contains(host)
            ? "index.docker.io" : host
    }
}
