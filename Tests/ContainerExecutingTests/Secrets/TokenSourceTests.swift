import Foundation
import HTTPClient
import Synchronization
import Testing
import VaultClient
import VaultTesting

@testable import ContainerExecuting

/// The order in which a token is looked for, against answers that a real Vault gives too rarely.
@Suite struct TokenSourceTests {
    private struct Rig {
        let server: FakeVault
        let folder: URL
        var variables: [String: String]

        init(_ refused: [String: FakeVault.Answer] = [:], variables: [String: String] = [:]) throws {
            let logins = Mutex(0)
            server = try FakeVault { request, _ in
                let path = request.line.components(separatedBy: " /v1/")[1]
                if let answer = refused["\(path) \(request.token ?? "-")"] ?? refused[path] { return answer }
                switch path {
                case "auth/token/lookup-self": return .json(#"{"data":{"ttl":86400,"renewable":true}}"#)
                case "auth/token/renew-self":
                    return .json(
                        #"{"auth":{"client_token":"\#(request.token ?? "")","lease_duration":87000,"renewable":true}}"#)
                case "auth/userpass/login/exec":
                    let number = logins.withLock { count in
                        count += 1
                        return count
                    }
                    return .json(
                        #"{"auth":{"client_token":"s.login\#(number)","lease_duration":3600,"renewable":true}}"#)
                default: return .refusal(404)
                }
            }
            folder = FileManager.default.temporaryDirectory.appending(path: "source-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            self.variables = ["VAULT_ADDR": server.url, "VAULT_USERNAME": "exec", "VAULT_PASSWORD": "pw12345"]
                .merging(variables) { $1 }
        }

        var file: TokenFile { TokenFile(path: folder.appending(path: "token").path) }

        /// - Parameter shares: it has the token file.
        func acquire(shares: Bool = false) async throws -> TokenSource.Acquired {
            var variables = variables
            if shares { variables["VAULT_TOKEN_FILE"] = file.path }
            variables["VAULT_MAX_RETRIES"] = "0"
            let settings = try VaultSettings(variables)
            let client = VaultClient(settings.configuration, http: HTTPClient(.init(proxy: .none))).with(token: nil)
            return try await TokenSource(settings, client: client, patience: .milliseconds(100)).acquire()
        }

        func end() {
            server.stop()
            try? FileManager.default.removeItem(at: folder)
        }
    }

    @Test func theGivenOneComesFirst() async throws {
        let rig = try Rig(variables: ["VAULT_TOKEN": "s.given"])
        defer { rig.end() }
        try rig.file.write("s.shared")
        #expect(try await rig.acquire(shares: true) == .init(token: "s.given", isOnlyOurs: false))
        #expect(rig.server.lines == [])
    }

    @Test func aSharedOneThatIsAboutToEndIsNotTaken() async throws {
        let ends = FakeVault.Answer.json(#"{"data":{"ttl":7,"renewable":true}}"#)
        let rig = try Rig(["auth/token/lookup-self s.shared": ends])
        defer { rig.end() }
        try rig.file.write("s.shared")
        #expect(try await rig.acquire(shares: true).token == "s.login1")
    }

    @Test func loginWithoutAFile() async throws {
        let rig = try Rig(variables: ["VAULT_TTL": "7200"])
        defer { rig.end() }
        #expect(try await rig.acquire() == .init(token: "s.login1", isOnlyOurs: true))
        #expect(rig.server.lines == ["POST auth/userpass/login/exec", "POST auth/token/renew-self"])
        #expect(rig.server.requests[0].body == #"{"password":"pw12345"}"#)
        #expect(rig.server.requests[1].body == #"{"increment":"7800"}"# && rig.server.requests[1].token == "s.login1")
    }

    @Test func aSharedOneIsAskedAbout() async throws {
        let rig = try Rig()
        defer { rig.end() }
        try rig.file.write("s.shared")
        #expect(try await rig.acquire(shares: true) == .init(token: "s.shared", isOnlyOurs: false))
        #expect(rig.server.lines == ["GET auth/token/lookup-self"] && rig.server.requests[0].token == "s.shared")
    }

    @Test func aFreshOneIsShared() async throws {
        let rig = try Rig()
        defer { rig.end() }
        #expect(try await rig.acquire(shares: true) == .init(token: "s.login1", isOnlyOurs: false))
        #expect(rig.file.read(youngerThan: .seconds(60)) == .token("s.login1"))
        #expect(try await rig.acquire(shares: true).token == "s.login1")
        #expect(rig.server.requests[1].body == #"{"increment":"87000"}"#)
    }

    @Test func oneThatVaultDoesNotTakeIsReplaced() async throws {
        let rig = try Rig(["auth/token/lookup-self s.shared": .refusal(403)])
        defer { rig.end() }
        try rig.file.write("s.shared")
        #expect(try await rig.acquire(shares: true).token == "s.login1")
        #expect(rig.file.read(youngerThan: .seconds(60)) == .token("s.login1"))
        #expect(rig.server.lines.filter { $0.hasSuffix("lookup-self") }.count == 1)
    }

    @Test func withoutVaultThereIsNoLogin() async throws {
        let rig = try Rig(["auth/token/lookup-self": .refusal(503, "Vault is sealed")])
        defer { rig.end() }
        try rig.file.write("s.shared")
        let error = await #expect(throws: VaultError.self) { try await rig.acquire(shares: true) }
        #expect(error?.message == "Vault is sealed" && rig.server.requests.count == 1)
    }

    @Test func renewalMayBeForbidden() async throws {
        let rig = try Rig(["auth/token/renew-self": .refusal(403)])
        defer { rig.end() }
        #expect(try await rig.acquire().token == "s.login1")
    }

    @Test func aLockThatIsNotGivenBackIsNotWaitedForForEver() async throws {
        let rig = try Rig()
        defer { rig.end() }
        let lock = try await rig.file.lock(within: .zero)
        #expect(try await rig.acquire(shares: true) == .init(token: "s.login1", isOnlyOurs: true))
        // Not by who does not hold the lock.
        #expect(rig.file.read(youngerThan: .seconds(60)) == .none("there is none"))
        withExtendedLifetime(lock) {}
    }

    @Test func manyAtOnceLogInOnce() async throws {
        let rig = try Rig()
        defer { rig.end() }
        var variables = rig.variables
        variables["VAULT_TOKEN_FILE"] = rig.file.path
        let settings = try VaultSettings(variables)
        let http = HTTPClient(.init(proxy: .none))
        let tokens = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let client = VaultClient(settings.configuration, http: http).with(token: nil)
                    return try await TokenSource(settings, client: client).acquire().token
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(tokens == ["s.login1"])
        #expect(rig.server.lines.filter { $0.contains("login") }.count == 1)
    }

    @Test(arguments: [["VAULT_USERNAME": ""], ["VAULT_PASSWORD": ""]])
    func nothingToLogInWith(variables: [String: String]) async throws {
        let rig = try Rig(variables: variables)
        defer { rig.end() }
        let error = await #expect(throws: TokenError.self) { try await rig.acquire() }
        #expect(error?.description.contains("VAULT_USERNAME") == true)
    }

    @Test(arguments: [
        ("VAULT_TTL", "a day", "a number of seconds such as 60, or a duration such as 1m30s, is expected"),
        ("VAULT_TOKEN_FILE", "token", "an absolute path is expected"),
        ("VAULT_MAX_RETRIES", "x", "a whole number from 0 to 10000 is expected"),
    ])
    func badSettings(variable: String, value: String, reason: String) {
        let error = #expect(throws: VaultConfigurationError.self) { try VaultSettings([variable: value]) }
        #expect(error?.description == "\(variable)=\"\(value)\": \(reason)")
    }
}
