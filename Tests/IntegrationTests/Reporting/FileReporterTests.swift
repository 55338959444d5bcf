import AgentTesting
import Foundation
import Testing

/// Reports in a file, by a running instance.
@Suite(.serialized)
struct FileReporterTests {
    @Test func whatCannotBeWrittenWaitsAndStandsThereInTheOrderOfFailure() async throws {
        let count = 200
        let agent = try FakeAgent()
        defer { agent.stop() }
        let feed = FakeFeed([FakeEvents.subscribed(agent: agent.port, heartbeats: 600)])
        let master = try FakeMaster { _ in .stream(feed) }
        defer { master.stop() }
        let folder = try Scratch.folder("reports")
        let away = folder.appendingPathExtension("away")
        let file = folder.appending(path: "failures")
        var options = ComplainerProcess.Options(masters: master.url)
        options.flags = [
            "-detect", "stream", "-file.name", file.path, "-file.format", "{{ .failure.ID }}{{ .nl }}",
        ]
        func lines() -> [String] {
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").map { String($0) }
        }
        func fail(_ numbers: Range<Int>) {
            for number in numbers {
                feed.append(FakeEvents.added("t\(number)"))
                feed.append(FakeEvents.failed("t\(number)"))
            }
        }
        try await ComplainerProcess.with(options) { complainer in
            fail(0..<10)
            try await waitUntil("the first reports") { lines().count == 10 }
            try FileManager.default.moveItem(at: folder, to: away)
            fail(10..<count)
            try await waitUntil("all of them in the ledger") {
                try await complainer.status().summary?.backlog == count - 10
            }
            try await waitUntil("the log to tell") {
                complainer.log.contains("reports wait: cannot open \(file.path) for append: No such file or directory")
            }
            try FileManager.default.moveItem(at: away, to: folder)
            try await waitUntil("all reports") { lines().count >= count }
            #expect(lines().dropFirst(10) == (10..<count).map { "t\($0)" }[...])
            try await waitUntil("the log to tell") { complainer.log.contains("the file takes reports again") }
            let warnings = complainer.log.split(separator: "\n").count { $0.contains("cannot open") }
            #expect(warnings == 1, "it does not go on about it")
        }
    }
}
