import Glibc
import HTTPClient

/// Where dockerd listens, and how connections to it are secured: what the `DOCKER_…` variables say.
public struct DockerEndpoint: Sendable, Equatable {
    /// What stands before the path: `http://docker` for a unix socket, `https://10.0.0.1:2376`.
    let base: String
    let unixSocket: String?
    let tls: TLSOptions?
    /// `DOCKER_API_VERSION`; nil: what both sides know.
    let fixedVersion: DockerAPIVersion?
    /// As somebody would write it into `DOCKER_HOST`.
    public let description: String

    /// dockerd's own default.
    public static let standardHost = "unix:///var/run/docker.sock"

    /// Reads `DOCKER_HOST`, `DOCKER_TLS_VERIFY`, `DOCKER_CERT_PATH` (default `$HOME/.docker`) and `DOCKER_API_VERSION`,
    /// as the docker command does: with a certificate path, tcp is TLS, and the server's certificate is checked when
    /// `DOCKER_TLS_VERIFY` holds anything.
    ///
    /// - Parameter checksFiles: whether certificates must be there now; without them requests fail as if Docker did not
    ///   answer, until they are.
    /// - Throws: ``DockerSettingError``, which names the variable.
    public init(environment: [String: String], checksFiles: Bool = true) throws(DockerSettingError) {
        func value(_ name: String) -> String? {
            guard let value = environment[name], !value.isEmpty else { return nil }
            return value
        }
        fixedVersion = try value("DOCKER_API_VERSION").map { text throws(DockerSettingError) in
            guard let version = DockerAPIVersion(text) else {
                throw DockerSettingError("DOCKER_API_VERSION", text, "a version like 1.41 is expected")
            }
            return version
        }
        let host = value("DOCKER_HOST") ?? Self.standardHost
        let address = try Address(host)
        switch address {
        case .unix(let path):
            (base, unixSocket, tls, description) = ("http://docker", path, nil, "unix://\(path)")
        case .tcp(let authority, let secure, let path):
            let verify = value("DOCKER_TLS_VERIFY") != nil
            unixSocket = nil
            guard secure || verify || value("DOCKER_CERT_PATH") != nil else {
                (base, tls) = ("http://\(authority.withPort(2375))\(path)", nil)
                description = "tcp://\(authority.withPort(2375))\(path)"
                return
            }
            let folder = value("DOCKER_CERT_PATH") ?? "\(value("HOME") ?? "/root")/.docker"
            // A bare https:// without any certificate setting trusts whom the system trusts.
            let isBare = secure && !verify && value("DOCKER_CERT_PATH") == nil
            tls = isBare ? TLSOptions() : try Self.options(folder: folder, verify: verify, checksFiles)
            base = "https://\(authority.withPort(2376))\(path)"
            description = "tcp://\(authority.withPort(2376))\(path)"
        }
    }

    private static func options(
        folder: String, verify: Bool, _ checksFiles: Bool
    ) throws(DockerSettingError) -> TLSOptions {
        func file(_ name: String) throws(DockerSettingError) -> String {
            let path = "\(folder)/\(name)"
            guard !checksFiles || access(path, R_OK) == 0 else {
                throw DockerSettingError(
                    "DOCKER_CERT_PATH", folder,
                    "\(path) cannot be read: \(String(cString: strerror(errno))); "
                        + "ca.pem, cert.pem and key.pem are expected there")
            }
            return path
        }
        return TLSOptions(
            caFile: verify ? try file("ca.pem") : nil, certificateFile: try file("cert.pem"),
            keyFile: try file("key.pem"), verifyPeer: verify)
    }
}

extension DockerEndpoint {
    /// Host and perhaps port.
    struct Authority: Equatable {
        let text: String
        let hasPort: Bool

        func withPort(_ port: Int) -> String { hasPort ? text : "\(text):\(port)" }
    }

    enum Address: Equatable {
        case unix(String)
        /// The path has no slash at its end.
        case tcp(Authority, secure: Bool, path: String)

        init(_ host: String) throws(DockerSettingError) {
            func failure(_ reason: String) -> DockerSettingError { DockerSettingError("DOCKER_HOST", host, reason) }
            guard let colon = host.firstRange(of: "://") else {
                throw failure("it does not begin with unix:// or tcp://")
            }
            let rest = host[colon.upperBound...]
            switch host[..<colon.lowerBound] {
            case "unix":
                guard rest.hasPrefix("/") else {
                    throw failure("unix:// wants an absolute path: unix:///run/docker.sock")
                }
                guard rest.utf8.count < 108 else { throw failure("a socket's path has at most 107 bytes") }
                self = .unix(String(rest))
            case "tcp", "http", "https":
                let slash = rest.firstIndex(of: "/") ?? rest.endIndex
                let path = String(rest[slash...].reversed().drop { $0 == "/" }.reversed())
                let authority = rest[..<slash]
                let port = authority.lastIndex(of: ":").map { authority[authority.index(after: $0)...] }
                let isAddress = port?.contains("]") ?? false
                guard !authority.isEmpty, authority.first != ":", !authority.contains(where: { $0 == "@" || $0 == " " })
                else { throw failure("it names no host") }
                if let port, !isAddress {
                    guard let number = UInt16(port), number > 0 else { throw failure("its port is not a port") }
                    self = .tcp(
                        Authority(text: String(authority), hasPort: true), secure: host.hasPrefix("https"), path: path)
                } else {
                    self = .tcp(
                        Authority(text: String(authority), hasPort: false), secure: host.hasPrefix("https"), path: path)
                }
            case let scheme:
                throw failure("\(scheme):// is not supported, unix:// and tcp:// are")
            }
        }
    }
}

/// A setting about Docker that cannot be used.
public struct DockerSettingError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ variable: String, _ value: String, _ reason: String) {
        description = "\(variable)=\(value): \(reason)"
    }
}
