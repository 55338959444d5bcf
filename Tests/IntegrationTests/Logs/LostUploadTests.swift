import AgentTesting
import Foundation
import Testing

/// Uploads in parts that the store has begun and whose ids nobody knows any more: they would cost money for ever, and no
/// listing of the bucket shows them.
@Suite(.serialized, .enabled(if: CephGateway.isWanted, "a Ceph gateway needs the packages radosgw, ceph-mon, ceph-osd"))
struct LostUploadTests {
    @Test(
        "Whoever is killed before it learns an upload's id, its successor saves the logs and sweeps up",
        arguments: ["the uploader", "everything"])
    func killed(who: String) async throws {
        try await CephGateway.run { gateway in
            let proxy = try TearingProxy(to: try #require(URL(string: gateway.endpoint)?.port), .mute)
            defer { proxy.stop() }
            let agent = try FakeAgent()
            defer { agent.stop() }
            let logs = ["stdout": FakeFile.noise(20 << 20), "stderr": FakeFile.noise(9 << 20)]
            for (log, file) in logs { agent.change("\(FakeFailures.sandbox("lost", on: agent))/\(log)", to: file) }
            let failures = try FakeFailures([FakeFailures.Task(id: "lost", agent: agent)])
            defer { failures.stop() }
            var options = ComplainerProcess.Options(
                masters: failures.master.url, gateway, "s3aws", endpoint: "http://127.0.0.1:\(proxy.port)")
            options.flags += FakeFailures.flags
            options.state = try Scratch.folder("state")
            let store = try gateway.store(.version2)
            let first = try await ComplainerProcess.start(options)
            let second: ComplainerProcess
            do {
                // The store has answered, and nobody has heard it.
                try await waitUntil("two uploads") { try await store.listUploads().count == 2 }
                // For connections that come from now on.
                proxy.set(.calm)
                if who == "everything" {
                    await first.killHard()
                    second = try await ComplainerProcess.start(options)
                } else {
                    try first.kill(role: "uploader")
                    second = first
                }
            } catch {
                await first.stop()
                throw error
            }
            do {
                let report = try await waitFor("the report") { SavedReport.all(in: second).first }
                #expect(report.logsError == "")
                for (url, file) in [(report.stdoutURL, logs["stdout"]), (report.stderrURL, logs["stderr"])] {
                    let saved = try await HTTPGet.data(url)
                    #expect(Array(saved) == file?.bytes(0, Int(file?.size ?? 0)), "\(url)")
                }
                try await waitUntil("a store without uploads") { try await store.listUploads().isEmpty }
                #expect(second.workers().contains { $0.role == "uploader" })
            } catch {
                await second.stop()
                throw error
            }
            await second.stop()
            if who != "everything" { return }
            await first.stop()
        }
    }
}
