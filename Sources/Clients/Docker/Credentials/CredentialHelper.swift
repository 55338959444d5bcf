import FoundationEssentials
import Glibc

/// `docker-credential-NAME get`: the registry on its standard input, `{"ServerURL","Username","Secret"}` on its output.
struct CredentialHelper: Sendable {
    private let environment: [String: String]
    private let patience: Duration

    /// - Parameters:
    ///   - environment: the helper's; its `PATH` is where it is looked for.
    ///   - patience: until it is killed. Some ask a service of their cloud.
    init(environment: [String: String], patience: Duration = .seconds(20)) {
        self.environment = environment
        self.patience = patience
    }

    /// nil when the helper has none for that registry.
    func get(_ name: String, server: String) async throws(CredentialsError) -> RegistryCredentials? {
        let program = "docker-credential-\(name)"
        guard !name.isEmpty, !name.contains("/"), let path = find(program) else {
            throw CredentialsError("\(program) is not on the PATH (\(environment["PATH"] ?? "unset"))")
        }
        let outcome = try await HelperProcess.run(
            path, ["get"], environment: environment, input: Array(server.utf8), patience: patience)
        let text = DockerClient.oneLine(String(decoding: outcome.output.prefix(400), as: UTF8.self))
        guard outcome.status == 0 else {
            // The library all helpers are made with says so on standard output.
            if text.contains("credentials not found") { return nil }
            throw CredentialsError("\(program) get failed for \(server): \(text.isEmpty ? "it says nothing" : text)")
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(outcome.output)) else {
            throw CredentialsError("\(program) get answered for \(server) what is no credential")
        }
        let secret: RegistryCredentials.Secret =
            answer.user == "<token>" ? .identityToken(answer.secret) : .password(user: answer.user, answer.secret)
        return RegistryCredentials(secret, server: answer.server ?? server)
    }

    private struct Answer: Decodable {
        var server: String?
        var user: String
        var secret: String

        init(from decoder: any Decoder) throws {
            let fields = try decoder.dockerFields()
            server = try fields.optional("ServerURL")
            user = try fields.decode(String.self, forKey: "Username")
            secret = try fields.decode(String.self, forKey: "Secret")
        }
    }

    private func find(_ program: String) -> String? {
        (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
            .map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }
}
