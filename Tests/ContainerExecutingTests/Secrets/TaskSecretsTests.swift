import Foundation
import Observability
import Synchronization
import Testing
import VaultTesting

@testable import ContainerExecuting

/// Fetching, remembering and giving back, and one worker after the other.
@Suite struct TaskSecretsTests {
    private final class Notes: Sendable {
        private let all = Mutex<[[UInt8]]>([])
        private let expired = Mutex<[String]>([])
        var last: [UInt8]? { all.withLock { $0.last } }
        var count: Int { all.withLock { $0.count } }
        var ends: [String] { expired.withLock { $0 } }
        func leave(_ note: [UInt8]) { all.withLock { $0.append(note) } }
        func expire(_ text: String) { expired.withLock { $0.append(text) } }
    }

    private struct Rig {
        let notes = Notes()
        let server: FakeVault
        let aws: FakeAWS
        var settings = ExecutorSettings()

        init(lease: Int = 3600, role: String = "web") throws {
            let aws = FakeAWS(duration: lease, sessionToken: "session-token-of-sts")
            self.aws = aws
            settings.awsRole = role
            server = try FakeVault { request, _ in
                if let answer = aws.answer(request) { return answer }
                let path = request.line.components(separatedBy: " /v1/")[1]
                if path.hasPrefix("sys/internal") { return .json(#"{"data":{"path":"secret/","type":"kv"}}"#) }
                if path == "secret/web" { return .json(#"{"data":{"value":"hunter22\nof two lines"}}"#) }
                if path == "secret/made" { return .json(#"{"lease_id":"secret/made/1","data":{"value":"made"}}"#) }
                if path.hasSuffix("revoke-self") { return FakeVault.Answer(status: 204) }
                return .json(#"{"auth":{"client_token":"s.own","lease_duration":100000,"renewable":true}}"#)
            }
        }

        func secrets(note: [UInt8]? = nil) -> TaskSecrets {
            TaskSecrets(
                settings,
                variables: ["VAULT_ADDR": server.url, "VAULT_USERNAME": "u", "VAULT_PASSWORD": "pw12345"], note: note,
                leave: { [notes] in notes.leave($0) }, expired: { [notes] in notes.expire($0) })
        }
    }

    @Test func withoutSecretsVaultIsNotAsked() async throws {
        let rig = try Rig(role: "")
        defer { rig.server.stop() }
        let secrets = rig.secrets()
        try await secrets.prepare(["A=b"])
        await secrets.giveBack()
        #expect(await secrets.take() == ResolvedSecrets() && rig.server.lines == [] && rig.notes.count == 0)
    }

    @Test func aTokenThatNobodyElseUsesIsGivenBackAtOnce() async throws {
        let rig = try Rig(role: "")
        defer { rig.server.stop() }
        try await rig.secrets().prepare(["A=vault://secret/web"])
        #expect(rig.server.lines.suffix(2) == ["GET secret/web", "POST auth/token/revoke-self"])
    }

    @Test func butNotWhatWasMadeForTheTask() async throws {
        let rig = try Rig(role: "")
        defer { rig.server.stop() }
        // Credentials with a lease, which ends with the token.
        try await rig.secrets().prepare(["A=vault://secret/made"])
        #expect(rig.server.lines.last == "GET secret/made")
    }

    @Test func fetchedHiddenAndGivenBack() async throws {
        let rig = try Rig()
        defer { rig.server.stop() }
        let secrets = rig.secrets()
        try await secrets.prepare(["A=vault://secret/web"])
        let resolved = await secrets.take()
        #expect(resolved.values == ["vault://secret/web": "hunter22\nof two lines"])
        #expect(
            resolved.credentials.map { "\($0.name)=\($0.value ?? "")" } == [
                "AWS_ACCESS_KEY_ID=\(FakeAWS.accessKey(1))", "AWS_SECRET_ACCESS_KEY=\(FakeAWS.secretKey(1))",
                "AWS_SESSION_TOKEN=session-token-of-sts",
            ])
        #expect(await secrets.take() == ResolvedSecrets())
        #expect(await secrets.expiry != nil)
        let text = "hunter22 of two lines, s.own, \(FakeAWS.secretKey(1))"
        #expect(Redactor.shared.redact(text) == "*** ***, ***, ***")

        await secrets.giveBack()
        #expect(rig.aws.leases.map(\.isRevoked) == [true])
        #expect(rig.server.lines.suffix(2) == ["PUT sys/leases/revoke", "POST auth/token/revoke-self"])
        let requests = rig.server.requests.count
        await secrets.giveBack()
        #expect(rig.server.requests.count == requests)
        #expect(WorkerNote(rig.notes.last).loan == nil)
    }

    @Test func theNextWorkerGoesOn() async throws {
        let rig = try Rig(lease: 361)
        defer { rig.server.stop() }
        try await rig.secrets().prepare([])
        let next = rig.secrets(note: rig.notes.last)
        #expect(await next.expiry != nil)
        await next.begin()
        while rig.notes.ends.count < 2 { await Task.yield() }
        let expiry = await next.expiry
        #expect(rig.notes.ends.allSatisfy { $0 == expiry })
        await next.giveBack()
        #expect(rig.aws.leases.map(\.isRevoked) == [true])
    }

    @Test func aContainerThatWasNeverMadeHasItsCredentialsTakenBack() async throws {
        let rig = try Rig()
        defer { rig.server.stop() }
        try await rig.secrets().prepare([])
        let next = rig.secrets(note: rig.notes.last)
        await next.begin()
        try await next.prepare([])
        #expect(rig.aws.leases.map(\.isRevoked) == [true, false])
    }

    @Test func aVaultThatIsAwayDelaysNobody() async throws {
        let rig = try Rig()
        let secrets = rig.secrets()
        try await secrets.prepare([])
        rig.server.stop()
        let began = ContinuousClock.now
        await secrets.giveBack()
        #expect(ContinuousClock.now - began < .seconds(20))
        // The next one may have more luck.
        #expect(WorkerNote(rig.notes.last).loan?.lease == "aws/creds/web/lease1")
    }

    @Test func aRoleNeedsALoginOfItsOwn() async throws {
        let rig = try Rig()
        defer { rig.server.stop() }
        let secrets = TaskSecrets(
            rig.settings, variables: ["VAULT_ADDR": rig.server.url, "VAULT_TOKEN": "s.given"], note: nil,
            leave: { _ in }, expired: { _ in })
        let error = await #expect(throws: TokenError.self) { try await secrets.prepare([]) }
        #expect(error?.description.contains("VAULT_USERNAME") == true)
    }
}
