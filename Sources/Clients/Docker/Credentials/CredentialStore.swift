import Glibc

/// Finds the credentials for an image in the files that `docker login` writes, and in the helpers that they name.
public struct CredentialStore: Sendable {
    private let files: [String]
    private let helper: CredentialHelper
    private let read: @Sendable (String) throws(CredentialsError) -> [UInt8]?

    /// The files are `$DOCKER_CONFIG/config.json`, `$HOME/.docker/config.json`, `$HOME/.dockercfg`, and the last two of
    /// root's home, for the executor may run with another `HOME`.
    public init(environment: [String: String]) {
        self.init(environment: environment, helper: CredentialHelper(environment: environment), read: Self.contents)
    }

    init(
        environment: [String: String], helper: CredentialHelper,
        read: @escaping @Sendable (String) throws(CredentialsError) -> [UInt8]?
    ) {
        var files: [String] = []
        if let folder = environment["DOCKER_CONFIG"], !folder.isEmpty { files.append("\(folder)/config.json") }
        let homes = [environment["HOME"], "/root"].compactMap { $0 }.filter { !$0.isEmpty }
        for home in homes {
            for file in ["\(home)/.docker/config.json", "\(home)/.dockercfg"] where !files.contains(file) {
                files.append(file)
            }
        }
        self.files = files
        self.helper = helper
        self.read = read
    }

    /// What was found, and what could not be looked at on the way.
    public struct Finding: Sendable, Equatable {
        public var credentials: RegistryCredentials?
        /// The file they came from, directly or by a helper that it names.
        public var file: String?
        /// For the log: an unreadable file or a failing helper does not keep a public image from being pulled.
        public var warnings: [CredentialsError] = []
    }

    /// Looks through all files for a login that is named exactly `repository`, then through all for one of the image's
    /// own registry; the other way round when the two are not the same registry, so that a password goes to another
    /// registry than its own only when nothing else is configured.
    ///
    /// - Parameters:
    ///   - image: as the task names it.
    ///   - repository: the setting DockerRepository. Its default, Docker Hub, is nobody's choice: it counts for images
    ///     of Docker Hub only.
    public func credentials(for image: String, repository: String) async -> Finding {
        var finding = Finding()
        var configurations: [(file: String, content: DockerConfiguration)] = []
        for file in files {
            do throws(CredentialsError) {
                guard let bytes = try read(file) else { continue }
                configurations.append((file, try DockerConfiguration(bytes, path: file)))
            } catch {
                finding.warnings.append(error)
            }
        }
        let own = ImageReference(image)?.registry ?? RegistryName.dockerHub
        var wanted = [(name: own, exactly: false)]
        if RegistryName.host(of: own) == RegistryName.host(of: repository) {
            wanted.insert((repository, true), at: 0)
        } else if repository != RegistryName.dockerHub, !repository.isEmpty {
            wanted.append((repository, true))
        }
        for (registry, exactly) in wanted {
            for (file, content) in configurations {
                if await look(in: content, file, for: registry, exactly: exactly, &finding) { return finding }
            }
        }
        return finding
    }

    /// In docker's own order: the helper of that registry, the helper of all, the file itself.
    private func look(
        in configuration: DockerConfiguration, _ file: String, for registry: String, exactly: Bool,
        _ finding: inout Finding
    ) async -> Bool {
        func means(_ name: String) -> Bool {
            name == registry || !exactly && RegistryName.host(of: name) == RegistryName.host(of: registry)
        }
        var asked: [(helper: String, server: String)] = []
        if let (server, name) = configuration.helpers.filter({ means($0.key) }).min(by: { $0.key < $1.key }) {
            asked.append((name, server))
        } else if let store = configuration.store {
            let known = configuration.logins.keys.filter(means).min()
            asked.append((store, known ?? registry))
        }
        for (name, server) in asked {
            do throws(CredentialsError) {
                if let credentials = try await helper.get(name, server: server) {
                    finding.credentials = credentials
                    finding.file = file
                    return true
                }
            } catch {
                finding.warnings.append(CredentialsError("\(file): \(error)"))
            }
        }
        let logins = configuration.logins.filter { means($0.key) && $0.value.secret != nil }
        guard
            let login = logins.min(by: { ($0.key != registry ? 1 : 0, $0.key) < ($1.key != registry ? 1 : 0, $1.key) }),
            let secret = login.value.secret
        else { return false }
        finding.credentials = RegistryCredentials(secret, server: login.key)
        finding.file = file
        return true
    }

    /// nil when there is no such file.
    static func contents(of path: String) throws(CredentialsError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            // Another user's home is none of our business.
            if [ENOENT, ENOTDIR, EACCES].contains(errno) && (path.hasPrefix("/root/") || errno != EACCES) {
                return nil
            }
            throw CredentialsError("\(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw CredentialsError("\(path): \(String(cString: strerror(errno)))") }
            guard count > 0 else { return content }
            content += chunk[..<count]
            guard content.count <= 4 << 20 else { throw CredentialsError("\(path): larger than 4 MiB") }
        }
    }
}
