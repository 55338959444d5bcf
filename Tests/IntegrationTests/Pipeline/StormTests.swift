import Foundation
import Glibc
import Synchronization
import Testing

/// Two hundred tasks fail within seconds, and every one is reported exactly once, whoever is killed meanwhile.
@Suite(.serialized)
struct StormTests {
    private static let tasks = 200

    private func options(_ cluster: MesosCluster, detect: String) -> ComplainerProcess.Options {
        var options = ComplainerProcess.Options(cluster)
        options.flags = [
            "-detect", detect, "-poll-interval", "500ms", "-file.format", "{{ .failure.ID }}{{ .nl }}",
        ]
        return options
    }

    private func storm(_ cluster: MesosCluster) async throws -> Set<String> {
        var order = StormOrder()
        order.tasks = Self.tasks
        return try await cluster.storm(order).ids
    }

    /// Waits until nothing more comes after all expected reports are there, and compares.
    private func expectExactly(_ ids: Set<String>, _ complainer: ComplainerProcess) async throws {
        #expect(ids.count == Self.tasks)
        try await waitUntil("all reports", within: .seconds(120)) {
            Set(complainer.reportLines()).isSuperset(of: ids)
        }
        // A last failure goes through everything that was still under way: whatever would come twice has come.
        let lines = complainer.reportLines()
        #expect(Set(lines) == ids)
        #expect(lines.count == ids.count, "\(lines.count - ids.count) duplicates\n\(complainer.log.suffix(4000))")
    }

    @Test(arguments: ["stream", "poll"])
    func everyFailureIsReportedOnce(detect: String) async throws {
        try await MesosCluster.with { cluster in
            try await ComplainerProcess.with(options(cluster, detect: detect)) { complainer in
                try await expectExactly(try await storm(cluster), complainer)
            }
        }
    }

    @Test(arguments: ["stream", "poll"])
    func workersMayBeKilledAllTheTime(detect: String) async throws {
        try await MesosCluster.with { cluster in
            try await ComplainerProcess.with(options(cluster, detect: detect)) { complainer in
                let kills = Atomic(0)
                let killer = Task {
                    while !Task.isCancelled {
                        for role in ["poller", "dispatcher", "uploader", "reporter/file"] {
                            // It may be between two lives at this moment.
                            if (try? complainer.kill(role: role)) != nil { kills.add(1, ordering: .relaxed) }
                            try? await Task.sleep(for: .milliseconds(300))
                        }
                    }
                }
                let ids: Set<String>
                do {
                    ids = try await storm(cluster)
                    // Also while the reports are being made: two more of each.
                    let before = kills.load(ordering: .relaxed)
                    try await waitUntil("more kills") { kills.load(ordering: .relaxed) >= before + 8 }
                } catch {
                    killer.cancel()
                    throw error
                }
                killer.cancel()
                await killer.value
                #expect(kills.load(ordering: .relaxed) > 10)
                try await expectExactly(ids, complainer)
            }
        }
    }

    @Test func theSupervisorMayBeKilledToo() async throws {
        try await MesosCluster.with { cluster in
            let file = try Scratch.folder("reports").appending(path: "all")
            var options = options(cluster, detect: "stream")
            options.flags += ["-file.name", file.path]
            let first = try await ComplainerProcess.start(options)
            let storm = Task { try await self.storm(cluster) }
            try await waitUntil("the first reports") { self.lines(file).count > 20 }
            let workers = first.workers()
            await first.killHard()
            try await waitUntil("the end of the workers") { workers.allSatisfy { kill($0.pid, 0) != 0 } }
            options.state = first.state
            try await ComplainerProcess.with(options) { _ in
                let ids = try await storm.value
                try await waitUntil("all reports", within: .seconds(120)) {
                    Set(self.lines(file)).isSuperset(of: ids)
                }
                let twice = lines(file).count - ids.count
                // Only reports that were written and not yet acknowledged at the kill can come again.
                #expect(Set(lines(file)) == ids)
                print("the kill of the supervisor caused \(twice) duplicates of \(ids.count)")
                #expect(twice <= 64)
            }
        }
    }

    private func lines(_ file: URL) -> [String] {
        ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }
}
