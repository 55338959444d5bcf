import Foundation
import HTTPClient
import Synchronization
import Testing
import VaultTesting

@testable import VaultClient

/// How requests are made, answered, and made again.
@Suite struct VaultClientTests {
    private final class Pauses: Sendable {
        private let all = Mutex<[Duration]>([])
        var list: [Duration] { all.withLock { $0 } }
        var pace: VaultClient.Pace {
            VaultClient.Pace(sleep: { pause in self.all.withLock { $0.append(pause) } }, jitter: { 0.5 })
        }
    }

    private struct Script {
        let answer: @Sendable (FakeVault.Request, Int) -> FakeVault.Answer
        init(_ answer: @escaping @Sendable (FakeVault.Request, Int) -> FakeVault.Answer) { self.answer = answer }
    }

    private struct Change {
        let apply: (inout VaultConfiguration) -> Void
        init(_ apply: @escaping (inout VaultConfiguration) -> Void) { self.apply = apply }
    }

    private func with<Value>(
        _ script: Script, _ change: Change = Change { _ in }, pauses: Pauses = Pauses(),
        _ body: (VaultClient, FakeVault) async throws -> Value
    ) async throws -> Value {
        let server = try FakeVault(script.answer)
        defer { server.stop() }
        var configuration = VaultConfiguration()
        configuration.address = server.url
        configuration.token = "s.token"
        change.apply(&configuration)
        let http = HTTPClient(.init(proxy: .none))
        return try await body(VaultClient(configuration, http: http, pace: pauses.pace), server)
    }

    private let creds =
        #"{"lease_id":"aws/creds/r/1","lease_duration":3600,"renewable":true,"#
        + #""data":{"access_key":"AK","secret_key":"SK","security_token":null}}"#

    @Test func headersAndBody() async throws {
        try await with(
            Script { _, _ in .json(#"{"auth":{"client_token":"s.2","lease_duration":60,"renewable":true}}"#) },
            Change { $0.namespace = "team/a" }
        ) { client, server in
            let token = try await client.login(user: "web app", password: "p\"w")
            #expect(token == VaultToken("s.2", lifetime: .seconds(60), isRenewable: true))
            let login = try #require(server.requests.first)
            #expect(login.line == "POST /v1/auth/userpass/login/web%20app")
            #expect(login.body == #"{"password":"p\"w"}"#)
            #expect(login.headers["x-vault-token"] == nil && login.headers["x-vault-namespace"] == "team/a")
            #expect(login.headers["x-vault-request"] == "true")
            _ = try await client.renewSelf(.seconds(90))
            let renewal = try #require(server.requests.last)
            #expect(renewal.line == "POST /v1/auth/token/renew-self" && renewal.body == #"{"increment":"90"}"#)
            #expect(renewal.headers["x-vault-token"] == "s.token")
        }
    }

    @Test func withoutNamespaceThereIsNoHeader() async throws {
        try await with(Script { _, _ in .json(#"{"data":{"ttl":0,"renewable":false}}"#) }) { client, server in
            let token = try await client.lookUpSelf()
            #expect(token == VaultToken("s.token", lifetime: nil, isRenewable: false))
            #expect(server.requests[0].headers["x-vault-namespace"] == nil)
        }
    }

    @Test(arguments: [412, 429, 472, 473, 500, 502, 503])
    func passingTroubleIsTriedAgain(status: Int) async throws {
        let pauses = Pauses()
        try await with(Script { _, number in number < 2 ? .refusal(status) : .json(creds) }, pauses: pauses) {
            client, server in
            let credentials = try await client.awsCredentials(role: "r")
            #expect(credentials.accessKey == "AK")
            #expect(server.lines == Array(repeating: "GET aws/creds/r", count: 3))
        }
        #expect(pauses.list == [.milliseconds(1250), .milliseconds(2500)])
    }

    @Test func lostConnectionsAreTriedAgain() async throws {
        try await with(Script { _, number in number < 2 ? .lost : .json(creds) }) { client, server in
            let credentials = try await client.awsCredentials(role: "r")
            #expect(credentials.sessionToken == nil)
            #expect(server.requests.count == 3)
        }
    }

    @Test(arguments: [
        (400, "no (status 400)"), (403, "forbids it: no"), (404, ": no"), (501, "no (status 501)"),
    ])
    func whatWillNotChangeIsNot(status: Int, words: String) async throws {
        try await with(Script { _, _ in .refusal(status) }) { client, server in
            let error = await #expect(throws: VaultError.self) { try await client.awsCredentials(role: "r") }
            #expect(
                error?.description.hasPrefix("cannot get AWS credentials of the role r: Vault at \(server.url)") == true
            )
            #expect(error?.description.hasSuffix(words) == true)
            #expect(server.requests.count == 1)
        }
    }

    @Test func retriesEndWithVaultsOwnWords() async throws {
        try await with(Script { _, _ in .refusal(503, "Vault is sealed") }, Change { $0.maxRetries = 1 }) {
            client, server in
            let error = await #expect(throws: VaultError.self) { try await client.lookUpSelf() }
            #expect(
                error?.description == "cannot look up the token: Vault at \(server.url): Vault is sealed (status 503)")
            #expect(server.requests.count == 2)
        }
    }

    @Test func nobodyListens() async throws {
        let url = try await with(Script { _, _ in .lost }) { _, server in server.url }
        var configuration = VaultConfiguration()
        configuration.address = url
        let pauses = Pauses()
        let client = VaultClient(configuration, http: HTTPClient(.init(proxy: .none)), pace: pauses.pace)
        let error = await #expect(throws: VaultError.self) { try await client.revokeSelf() }
        #expect(error?.description == "cannot revoke the token: Vault at \(url) does not answer: connection refused")
        #expect(pauses.list.count == 2)
    }

    @Test func aWaitThatTheTimeDoesNotAllowIsNotBegun() async throws {
        let pauses = Pauses()
        let answer = FakeVault.Answer(status: 429, headers: ["Retry-After": "90"], body: "")
        try await with(Script { _, _ in answer }, pauses: pauses) { client, _ in
            let error = await #expect(throws: VaultError.self) { try await client.lookUpSelf() }
            #expect(error?.kind == .unavailable(status: 429))
        }
        #expect(pauses.list == [])
        try await with(Script { _, _ in answer }, Change { $0.timeout = .seconds(300) }, pauses: pauses) { client, _ in
            _ = await #expect(throws: VaultError.self) { try await client.lookUpSelf() }
        }
        #expect(pauses.list == [.seconds(90), .seconds(90)])
    }

    @Test func aStandbySendsItsClientsOnWithTheirToken() async throws {
        try await with(Script { _, _ in .json(creds) }) { active, server in
            let target = "\(active.configuration.address)/v1/aws/creds/r"
            try await with(Script { _, _ in FakeVault.Answer(status: 307, headers: ["Location": target]) }) {
                standby, _ in
                let credentials = try await standby.awsCredentials(role: "r")
                #expect(credentials.secretKey == "SK")
                #expect(server.requests.map { $0.headers["x-vault-token"] } == ["s.token"])
            }
        }
    }

    @Test func redirectsInACircleEnd() async throws {
        let circle = FakeVault.Answer(status: 307, headers: ["Location": "/v1/aws/creds/r"])
        try await with(Script { _, _ in circle }, Change { $0.maxRetries = 0 }) { client, server in
            await #expect(throws: VaultError.self) { try await client.awsCredentials(role: "r") }
            #expect(server.requests.count == 3)
        }
    }

    @Test(arguments: ["<html>", "{\"data\":[]}", "[]", "{\"data\":{\"access_key\":\"AK\"}}"])
    func answersThatAreNotVaults(body: String) async throws {
        try await with(Script { _, _ in .json(body) }) { client, _ in
            let error = await #expect(throws: VaultError.self) { try await client.awsCredentials(role: "r") }
            #expect(error?.kind == .unexpected)
        }
    }

    @Test func leases() async throws {
        try await with(
            Script { request, _ in
                request.line.hasSuffix("renew")
                    ? .json(#"{"lease_id":"l","lease_duration":30,"renewable":false}"#) : FakeVault.Answer(status: 204)
            }
        ) { client, server in
            let lease = VaultLease(id: "aws/creds/r/1", lifetime: .seconds(10), isRenewable: true)
            let renewed = try await client.renew(lease, for: .seconds(99))
            #expect(renewed == VaultLease(id: "aws/creds/r/1", lifetime: .seconds(30), isRenewable: false))
            try await client.revoke(lease: lease.id)
            #expect(server.lines == ["PUT sys/leases/renew", "PUT sys/leases/revoke"])
            #expect(server.requests[0].body.contains(#""increment":"99""#))
            #expect(server.requests[1].body == #"{"lease_id":"aws\/creds\/r\/1"}"#)
        }
    }

    @Test func cancelling() async throws {
        try await with(Script { _, _ in .refusal(503) }, Change { $0.maxRetries = 100 }) { client, server in
            let patient = VaultClient(client.configuration, http: HTTPClient(.init(proxy: .none)))
            let task = Task { try await patient.lookUpSelf() }
            while server.requests.isEmpty { await Task.yield() }
            task.cancel()
            let result = await task.result
            let error = #expect(throws: VaultError.self) { try result.get() }
            #expect(error?.kind == .cancelled)
        }
    }
}
