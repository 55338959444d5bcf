import Foundation
import HTTPClient
import Testing
import VaultClient

@testable import ContainerExecuting

/// The client of Vault and a real OpenBao.
@Suite(.serialized, .enabled(if: PythonKit.isWanted, "Tests/Support/python/setup.sh fetches OpenBao"))
struct VaultServerTests {
    private struct Created: Decodable {
        let leaseId: String
    }

    private func read(_ text: String, _ client: VaultClient) async throws -> String {
        var reader = SecretReader(client)
        return try await reader.value(of: try #require(try SecretReference(text)))
    }

    @Test("Secrets of both versions, with every way to write their paths")
    func secrets() async throws {
        try await VaultServer.run { server in
            try await server.post("secret/data/team/web", #"{"data":{"value":"two","user":"u","port":5432}}"#)
            try await server.post("kv/team/web", #"{"value":"one","a b":"blank"}"#)
            try await server.post("sys/mounts/deep/er", #"{"type":"kv","options":{"version":"2"}}"#)
            try await server.post("deep/er/data/x", #"{"data":{"value":"three"}}"#)
            try await server.post("secret/data/gone", #"{"data":{"value":"was"}}"#)
            try await server.post("secret/delete/gone", #"{"versions":[1]}"#)
            let user = try await server.client(token: nil).login(
                user: VaultServer.username, password: VaultServer.password)
            for token in [VaultServer.rootToken, user.value] {
                let client = try server.client(token: token)
                #expect(try await read("vault://secret/team/web", client) == "two")
                #expect(try await read("vault://secret/data/team/web?key=user", client) == "u")
                #expect(try await read("vault://secret/team/web?key=port", client) == "5432")
                #expect(try await read("vault://kv/team/web", client) == "one")
                #expect(try await read("vault://kv/team/web?key=a+b", client) == "blank")
                for (text, kind) in [
                    ("vault://secret/none", VaultError.Kind.notFound), ("vault://secret/gone", .notFound),
                    ("vault://kv/none", .notFound), ("vault://kv/team/web?key=none", .notFound),
                ] {
                    let error = await #expect(throws: VaultError.self) { try await read(text, client) }
                    #expect(error?.kind == kind, "\(text): \(error.map { "\($0)" } ?? "")")
                }
            }
            #expect(try await read("vault://deep/er/x", try server.client()) == "three")
            // What the user may not see.
            let error = await #expect(throws: VaultError.self) {
                try await read("vault://deep/er/x", try server.client(token: user.value))
            }
            #expect(error?.kind == .forbidden)
            #expect(error?.description.contains("permission denied") == true)
            let unknown = await #expect(throws: VaultError.self) {
                try await read("vault://nowhere/x", try server.client())
            }
            #expect(unknown?.kind == .notFound)
        }
    }

    @Test("Logins, renewals and revocations")
    func tokens() async throws {
        try await VaultServer.run { server in
            let nobody = try server.client(token: nil)
            let wrong = await #expect(throws: VaultError.self) {
                try await nobody.login(user: VaultServer.username, password: "wrong")
            }
            #expect(wrong?.message == "invalid username or password")
            #expect(wrong.map { "\($0)".contains("wrong") || "\($0)".contains(VaultServer.username) } == false)
            let token = try await nobody.login(user: VaultServer.username, password: VaultServer.password)
            let client = nobody.with(token: token.value)
            #expect(try await client.renewSelf(.seconds(7200)).lifetime == .seconds(7200))
            let left = try #require(try await client.lookUpSelf().lifetime)
            #expect(left <= .seconds(7200) && left > .seconds(7000))
            // No more than the user's tokens may last.
            let granted = try #require(try await client.renewSelf(.seconds(1_000_000)).lifetime)
            #expect(granted <= .seconds(360_000) && granted > .seconds(350_000))
            try await client.revokeSelf()
            let error = await #expect(throws: VaultError.self) { try await client.lookUpSelf() }
            #expect(error?.kind == .forbidden)
        }
    }

    @Test("A lease is given back")
    func leases() async throws {
        try await VaultServer.run { server in
            try await server.post("sys/mounts/ssh", #"{"type":"ssh"}"#)
            try await server.post(
                "ssh/roles/otp", #"{"key_type":"otp","default_user":"u","cidr_list":"0.0.0.0/0"}"#)
            let answer = try await server.post("ssh/creds/otp", #"{"ip":"127.0.0.2"}"#)
            let lease = try JSONDecoder.mesos.decode(Created.self, from: Data(answer.utf8)).leaseId
            let client = try server.client()
            try await client.revoke(lease: lease)
            let error = await #expect(throws: VaultError.self) {
                try await client.renew(VaultLease(id: lease, lifetime: .zero, isRenewable: true), for: .seconds(60))
            }
            #expect(error?.message.contains("lease") == true)
        }
    }

    @Test("A namespace")
    func namespaces() async throws {
        try await VaultServer.run { server in
            try await server.post("sys/namespaces/team", "{}")
            try await server.post("sys/mounts/kv", #"{"type":"kv"}"#, namespace: "team")
            try await server.post("kv/web", #"{"value":"of the team"}"#, namespace: "team")
            #expect(try await read("vault://kv/web", try server.client(["VAULT_NAMESPACE": "team"])) == "of the team")
            await #expect(throws: VaultError.self) { try await read("vault://kv/web", try server.client()) }
        }
    }

    @Test("TLS, with everything that may be said about it")
    func tls() async throws {
        try await VaultServer.run(tls: true) { server in
            func outcome(_ change: [String: String]) async throws -> String {
                let client = try server.client(change)
                do throws(VaultError) {
                    _ = try await client.lookUpSelf()
                    return "fine"
                } catch {
                    return "\(error.kind): \(error.message)"
                }
            }
            #expect(try await outcome([:]) == "fine")
            #expect(try await outcome(["VAULT_CACERT": ""]).hasPrefix("unexpected: TLS: "))
            #expect(try await outcome(["VAULT_CACERT": "", "VAULT_SKIP_VERIFY": "1"]) == "fine")
            #expect(try await outcome(["VAULT_TLS_SERVER_NAME": "localhost"]) == "fine")
            #expect(try await outcome(["VAULT_TLS_SERVER_NAME": "other.example"]).hasPrefix("unexpected: TLS: "))
            let authority = try #require(server.authority)
            let folder = try Scratch.folder("capath")
            try FileManager.default.copyItem(at: authority, to: folder.appending(path: "ca.pem"))
            let rehash = try ChildProcess("/usr/bin/openssl", ["rehash", folder.path], name: "rehash", in: folder)
            #expect(try await rehash.waitForExit() == .code(0))
            #expect(try await outcome(["VAULT_CACERT": "", "VAULT_CAPATH": folder.path]) == "fine")
        }
    }

    @Test("Executors that start together share one token")
    func sharedToken() async throws {
        try await VaultServer.run { server in
            let folder = try Scratch.folder("token")
            var variables = server.userVariables
            variables["VAULT_TOKEN_FILE"] = folder.appending(path: "token").path
            variables["VAULT_TTL"] = "7200"
            let settings = try VaultSettings(variables)
            let file = TokenFile(path: folder.appending(path: "token").path)
            func acquire() async throws -> String {
                try await TokenSource(settings, client: try server.client(token: nil)).acquire().token
            }
            func acquireAll() async throws -> Set<String> {
                try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<30 { group.addTask { try await acquire() } }
                    return try await group.reduce(into: []) { $0.insert($1) }
                }
            }
            let first = try await acquireAll()
            #expect(first.count == 1 && first.first.map { file.read(youngerThan: .seconds(60)) == .token($0) } == true)
            let token = try #require(first.first)
            let lifetime = try #require(try await server.client(token: token).lookUpSelf().lifetime)
            #expect(lifetime > .seconds(7700) && lifetime <= .seconds(7800))
            #expect(try await acquireAll() == first)
            // Vault has forgotten it: after a restore from a backup, say.
            try await server.client(token: token).revokeSelf()
            let second = try await acquireAll()
            #expect(second.count == 1 && second != first)
            // An hour before its end it is replaced.
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -3700)], ofItemAtPath: file.path)
            let third = try await acquireAll()
            #expect(third.count == 1 && third != second)
        }
    }
}
