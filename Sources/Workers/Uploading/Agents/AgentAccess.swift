import Complaints
import HTTPClient
import MesosClient

/// How all agents of the cluster are talked to.
struct AgentAccess: Sendable {
    var scheme = "http"
    var credentials = HTTPCredentials.none
    /// Of an agent whose port nobody told: Mesos' own.
    static let defaultPort = 5051

    init() {}

    init(_ values: SettingValues) {
        scheme = values["agents.scheme"] ?? "http"
        if let user = values["agents.user"] {
            credentials = .basic(user: user, password: values["agents.password"] ?? "")
        }
    }

    func client(_ http: HTTPClient, host: String, port: Int?) -> AgentClient {
        AgentClient(http: http, host: host, port: port ?? Self.defaultPort, scheme: scheme, credentials: credentials)
    }
}
