import Foundation
import HTTPClient
import Synchronization
import Testing
import VaultClient
import VaultTesting

@testable import ContainerExecuting

/// How long borrowed credentials last, by what the operator wants and what Vault gives.
@Suite struct AWSLoanTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var lifetime: Duration?
        var longest: Duration = .seconds(744 * 3600)
        /// Seconds of a new lease, of a renewed one at most, of a token at most.
        var lease: Int
        var longestLease = 1_000_000
        var longestToken = 10_000_000
        var isRenewable = true
        /// What the token was asked for, what the lease.
        var token: [Int]
        var increments: [Int] = []
        /// Seconds; nil: there are no credentials.
        var lasts: Int?

        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "no wish", lease: 3000, token: [3600], lasts: 3000),
        Case(name: "no wish, a long lease", lease: 86_400, token: [3600, 86_460], lasts: 86_400),
        Case(
            name: "a wish", lifetime: .seconds(7200), lease: 3600, token: [7200, 7620], increments: [7560], lasts: 7560),
        Case(
            name: "too long a wish", lifetime: .seconds(7200), longest: .seconds(5000), lease: 3600,
            token: [5000, 5420], increments: [5360], lasts: 5360),
        Case(
            name: "a wish that Vault does not grant", lifetime: .seconds(7200), lease: 3600, longestLease: 4000,
            token: [7200], increments: [7560], lasts: 4000),
        Case(
            name: "a lease that stays as it is", lifetime: .seconds(7200), lease: 3600, isRenewable: false,
            token: [7200], lasts: 3600),
        Case(
            name: "a token that ends sooner", lease: 86_400, longestToken: 1000, token: [3600, 86_460], lasts: 1000),
        Case(
            name: "a lease that is longer than allowed", longest: .seconds(7200), lease: 86_400, token: [3600, 7620],
            lasts: 7620),
        Case(name: "too short a lease", lease: 360, token: [3600], lasts: nil),
    ])
    func lifetimes(example: Case) async throws {
        let aws = FakeAWS(duration: example.lease, longest: example.longestLease, isRenewable: example.isRenewable)
        let server = try FakeVault { request, _ in
            if let answer = aws.answer(request) { return answer }
            var granted = 3600
            if request.line.hasSuffix("renew-self") {
                let body = try? JSONDecoder().decode([String: String].self, from: Data(request.body.utf8))
                granted = min(Int(body?["increment"] ?? "") ?? 0, example.longestToken)
            }
            return .json(#"{"auth":{"client_token":"s.own","lease_duration":\#(granted),"renewable":true}}"#)
        }
        defer { server.stop() }
        var settings = ExecutorSettings()
        settings.awsRole = "web"
        settings.awsRoleTTL = example.lifetime
        settings.awsRoleMaxTTL = example.longest
        let vault = try VaultSettings(["VAULT_ADDR": server.url, "VAULT_USERNAME": "u", "VAULT_PASSWORD": "pw12345"])
        let client = VaultClient(vault.configuration, http: HTTPClient(.init(proxy: .none)))
        let seen = Mutex<[WorkerNote.Loan]>([])
        let began = ContinuousClock.now
        let taken = try? await AWSLoan(settings).take(TokenSource(vault, client: client)) { loan in
            seen.withLock { $0.append(loan) }
        }
        let asked = server.requests.filter { $0.line.hasSuffix("renew-self") }.map(\.body)
        #expect(asked == example.token.map { #"{"increment":"\#($0)"}"# })
        #expect(aws.leases.map(\.increments) == [example.increments])
        // Whatever comes of it, what was taken is known.
        let loans = seen.withLock { $0 }
        #expect(loans.first == .init(token: "s.own"))
        #expect(loans.last?.lease == "aws/creds/web/lease1")
        #expect((taken == nil) == (example.lasts == nil))
        if let lasts = example.lasts, let end = taken?.1.end {
            let measured = began.duration(to: end.instant)
            #expect(measured >= .seconds(lasts) && measured < .seconds(lasts + 20))
        }
    }
}
