import AgentTesting
import Foundation
import ObjectStorage
import Testing

/// What the uploader's process needs at its worst.
@Suite(.serialized, .enabled(if: CephGateway.isWanted, "a Ceph gateway needs the packages radosgw, ceph-mon, ceph-osd"))
struct UploaderMemoryTests {
    /// For everything that is under way together.
    private static let budget = 160_000_000
    private static let places = 4

    @Test("Eight large logs into a slow store, and the state of a busy agent beside them, fit into the budget")
    func everythingAtOnce() async throws {
        try await CephGateway.run { gateway in
            let proxy = try TearingProxy(
                to: try #require(URL(string: gateway.endpoint)?.port), .slow(bytesPerSecond: 5 << 20))
            defer { proxy.stop() }
            // One case at a time is served by each agent.
            let large = try (0..<Self.places).map { _ in try FakeAgent() }
            let busy = try FakeAgent()
            defer { for agent in large + [busy] { agent.stop() } }
            for (number, agent) in large.enumerated() {
                for log in ["stdout", "stderr"] {
                    let sandbox = FakeFailures.sandbox("large-\(number)", on: agent)
                    agent.change("\(sandbox)/\(log)", to: .noise(400 << 20))
                }
            }
            busy.show(
                state: FakeAgent.largeState(
                    completed: """
                        {"id":"hidden","container":"c","directory":"/mesos/elsewhere",
                        "completed_tasks":[{"id":"hidden"}]}
                        """))
            #expect(busy.stateBytes > 60 << 20)
            busy.change("/mesos/elsewhere/stdout", to: FakeFile("found\n"))
            let failures = try FakeFailures(
                large.enumerated().map { FakeFailures.Task(id: "large-\($0)", agent: $1) }
                    + [FakeFailures.Task(id: "hidden", agent: busy, container: nil)])
            defer { failures.stop() }
            var options = ComplainerProcess.Options(
                masters: failures.master.url, gateway, "s3aws", endpoint: "http://127.0.0.1:\(proxy.port)")
            options.flags += FakeFailures.flags + ["-upload.patience", "1h"]
            try await ComplainerProcess.with(options) { complainer in
                let uploader = try #require(complainer.workers().first { $0.role == "uploader" })
                let store = try gateway.store(.version2)
                try await waitUntil("all logs under way") {
                    try await store.listUploads().count == 2 * Self.places
                }
                // Everybody has a part on its way and the next one in hand, again and again.
                try await waitUntil("some parts of each") {
                    proxy.relayedBytes > Int64(2 * Self.places * 5 * LogUpload.partBytes)
                }
                try await waitUntil("the end of the search") {
                    busy.requests.contains { $0.contains("/files/read?path=/mesos/elsewhere/stdout") }
                }
                #expect(try await store.listUploads().count == 2 * Self.places, "none is finished: they are large")
                #expect(try ProcessMemory.peak(of: uploader.pid) < Self.budget, "bytes at the peak")
                #expect(complainer.workers().contains(uploader), "it is still the same")
            }
        }
    }
}
