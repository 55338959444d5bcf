import HTTPClient
import Testing
import VaultTesting

@testable import VaultClient

/// Which requests a secret takes, for every version of KV and for every right that a token may have.
@Suite struct SecretReaderTests {
    private static let v1 = #"{"data":{"path":"kv/","type":"kv","options":{"version":"1"}}}"#
    private static let v2 = #"{"data":{"path":"team/kv/","type":"kv","options":{"version":"2"}}}"#
    private static let plain = #"{"lease_id":"","data":{"value":"one","n":12,"f":1.5,"b":true,"o":{},"z":null}}"#
    private static let versioned = #"{"data":{"data":{"value":"two"},"metadata":{"version":1}}}"#
    private static let deleted = #"{"data":{"data":null,"metadata":{"deletion_time":"2026-01-01T00:00:00Z"}}}"#

    private func read(
        _ text: String, _ answers: [String: FakeVault.Answer]
    ) async throws -> (outcome: String, lines: [String]) {
        let server = try FakeVault { request, _ in
            answers[request.line.replacing("GET /v1/", with: "")] ?? .refusal(404, "no handler for route")
        }
        defer { server.stop() }
        var configuration = VaultConfiguration()
        configuration.address = server.url
        var reader = SecretReader(VaultClient(configuration, http: HTTPClient(.init(proxy: .none))))
        let reference = try #require(try SecretReference(text))
        let outcome: String
        do throws(VaultError) {
            outcome = try await reader.value(of: reference)
        } catch {
            outcome = "\(error.kind): \(error.message)"
        }
        return (outcome, server.lines.map { $0.replacing("GET ", with: "") })
    }

    private func mount(_ path: String) -> String { "sys/internal/ui/mounts/\(path)" }

    @Test(arguments: [
        ("vault://kv/web", "one"), ("vault://kv/web?key=n", "12"), ("vault://kv/web?key=f", "1.5"),
        ("vault://kv/web?key=b", "true"), ("vault://kv/web?key=o", "unexpected: the value of the key o is no text"),
        ("vault://kv/web?key=z", "unexpected: the value of the key z is no text"),
        ("vault://kv/web?key=q", "notFound: the secret has no key q"),
    ])
    func versionOne(text: String, outcome: String) async throws {
        let answers: [String: FakeVault.Answer] = [
            mount("kv/web"): .json(Self.v1), "kv/web": .json(Self.plain),
        ]
        let seen = try await read(text, answers)
        #expect(seen.outcome == outcome && seen.lines == [mount("kv/web"), "kv/web"])
    }

    @Test(arguments: ["team/kv/web", "team/kv/data/web"])
    func versionTwoWithAndWithoutData(path: String) async throws {
        let answers: [String: FakeVault.Answer] = [
            mount(path): .json(Self.v2), "team/kv/data/web": .json(Self.versioned),
        ]
        let seen = try await read("vault://\(path)", answers)
        #expect(seen.outcome == "two" && seen.lines == [mount(path), "team/kv/data/web"])
    }

    @Test func aMountMayHaveAnyName() async throws {
        let mounted = #"{"data":{"path":"schlüssel/","type":"kv","options":{"version":"2"}}}"#
        let answers: [String: FakeVault.Answer] = [
            mount("schl%C3%BCssel/web"): .json(mounted), "schl%C3%BCssel/data/web": .json(Self.versioned),
        ]
        #expect(try await read("vault://schlüssel/web", answers).outcome == "two")
    }

    @Test func aDeletedVersionIsNotFound() async throws {
        let answers: [String: FakeVault.Answer] = [
            mount("team/kv/web"): .json(Self.v2), "team/kv/data/web": .json(Self.deleted, status: 404),
        ]
        #expect(
            try await read("vault://team/kv/web", answers).outcome
                == "notFound: the secret's newest version was deleted")
    }

    @Test(arguments: [403, 404, 405])
    func withoutTheMountBothVersionsAreTried(status: Int) async throws {
        var answers: [String: FakeVault.Answer] = [
            mount("kv/web"): .refusal(status), mount("kv/data/web"): .refusal(status), "kv/web": .json(Self.plain),
        ]
        #expect(try await read("vault://kv/web", answers).outcome == "one")
        for refusal in [403, 404] {
            answers["kv/web"] = .refusal(refusal)
            answers["kv/data/web"] = .json(Self.versioned)
            let seen = try await read("vault://kv/web", answers)
            #expect(seen.outcome == "two" && seen.lines == [mount("kv/web"), "kv/web", "kv/data/web"])
        }
        let seen = try await read("vault://kv/data/web", answers)
        #expect(seen.outcome == "two" && seen.lines == [mount("kv/data/web"), "kv/data/web"])
        answers["kv/web"] = .refusal(403, "permission denied")
        answers["kv/data/web"] = .refusal(404)
        #expect(try await read("vault://kv/web", answers).outcome == "forbidden: permission denied")
    }

    @Test func onePathIsReadOnce() async throws {
        let server = try FakeVault { request, number in
            request.line.contains("/sys/")
                ? .json(#"{"data":{"path":"database/","type":"database"}}"#)
                : .json(#"{"lease_id":"database/creds/r/1","data":{"username":"u\#(number)","password":"p"}}"#)
        }
        defer { server.stop() }
        var configuration = VaultConfiguration()
        configuration.address = server.url
        var reader = SecretReader(VaultClient(configuration, http: HTTPClient(.init(proxy: .none))))
        for (text, value) in [
            ("vault://database/creds/r?key=username", "u1"), ("vault://database/creds/r?key=password", "p"),
        ] {
            let reference = try #require(try SecretReference(text))
            #expect(try await reader.value(of: reference) == value)
        }
        #expect(server.requests.count == 2 && reader.hasLeases)
        // The mount is known by now.
        let other = try #require(try SecretReference("vault://database/creds/s?key=password"))
        _ = try await reader.value(of: other)
        #expect(server.requests.count == 3)
    }
}
