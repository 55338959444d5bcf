import HTTPClient
import Testing

@testable import SidecarClient

@Suite struct SeedFinderTests {
    private let finder = SeedFinder(http: HTTPClient(HTTPClient.Configuration(proxy: .none)), timeout: .seconds(30))

    private func seeds(state: String, slaves: String) async throws -> ([String], [String]) {
        let master = try FakeSidecar { _ in (200, slaves) }
        defer { master.stop() }
        let agent = try FakeSidecar { _ in (200, state) }
        defer { agent.stop() }
        let seeds = try await finder.seeds(agent: agent.url, masterPort: master.port)
        return (seeds, agent.requests + master.requests)
    }

    @Test func theMastersAgentsAreTheSeeds() async throws {
        let (seeds, requests) = try await seeds(
            state: #"{"id":"A","master_hostname":"127.0.0.1","frameworks":[{"master_hostname":"x"}]}"#,
            slaves:
                #"{"slaves":[{"hostname":"b","pid":"slave(1)@1.2.3.4:5051"},{"hostname":"a"},{"hostname":"b"},{}],"x":1}"#
        )
        #expect(seeds == ["b", "a"])
        #expect(requests == ["GET /state", "GET /slaves"])
    }

    @Test(arguments: [
        ("{}", "{}", "knows no master"), (#"{"master_hostname":""}"#, "{}", "knows no master"),
        ("[]", "{}", "knows no master"), (#"{"master_hostname":"127.0.0.1"}"#, "{}", "knows no agents"),
        ("<html>", "{}", "not what Mesos answers"),
        (#"{"master_hostname":"127.0.0.1"}"#, "{", "not what Mesos answers"),
        (#"{"master_hostname":"127.0.0.1"}"#, #"{"slaves":[]}"#, "knows no agents"),
        (#"{"master_hostname":"::1"}"#, #"{"slaves":[]}"#, "[::1]"),
    ])
    func otherwiseThereAreNone(state: String, slaves: String, words: String) async throws {
        await #expect { try await seeds(state: state, slaves: slaves) } throws: { "\($0)".contains(words) }
    }
}
