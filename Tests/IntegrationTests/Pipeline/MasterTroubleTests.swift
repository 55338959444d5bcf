import Foundation
import Testing

/// What no real master does, or not when a test wants it.
@Suite(.serialized)
struct MasterTroubleTests {
    private static let emptyState = """
        {"version":"1.11.0","pid":"master@127.0.0.1:5050","leader":"master@127.0.0.1:5050","slaves":[],"frameworks":[],
        "completed_frameworks":[],"unregistered_frameworks":[]}
        """

    private static func state(_ port: Int, failed: [String] = []) -> String {
        let tasks = failed.map { id in
            """
            {"id":"\(id)","name":"\(id)","framework_id":"F","executor_id":"","slave_id":"S","state":"TASK_FAILED",
            "statuses":[{"state":"TASK_FAILED","timestamp":\(Date().timeIntervalSince1970)}]}
            """
        }
        return """
            {"version":"1.11.0","pid":"master@127.0.0.1:\(port)","leader":"master@127.0.0.1:\(port)",
            "slaves":[{"id":"S","hostname":"127.0.0.1","port":1,"pid":"slave(1)@127.0.0.1:1"}],
            "frameworks":[{"id":"F","name":"fake","tasks":[],"completed_tasks":[\(tasks.joined(separator: ","))]}],
            "completed_frameworks":[]}
            """
    }

    private func trouble(_ name: String) -> FakeAnswer {
        switch name {
        case "garbage": .garbage
        case "half a document": .half(of: Data(Self.state(1, failed: ["half"]).utf8))
        case "500": .status(500, "out of order")
        case "nothing for ever": .nothing
        case "zeros without end": .zerosWithoutEnd
        case "a body without end": .bodyWithoutEnd
        case "one byte": .oneByte
        default: .reset
        }
    }

    @Test(
        arguments: [
            "garbage", "half a document", "500", "nothing for ever", "zeros without end", "a body without end",
            "one byte",
            "a reset",
        ], ["stream", "poll"])
    func aMasterInTroubleIsSurvived(name: String, detect: String) async throws {
        let master = try FakeMaster(trouble(name))
        defer { master.stop() }
        var options = ComplainerProcess.Options(masters: master.url)
        options.flags = [
            "-detect", detect, "-poll-interval", "200ms", "-file.format", "{{ .failure.ID }}{{ .nl }}",
        ]
        try await ComplainerProcess.with(options) { complainer in
            guard let poller = complainer.workers().first(where: { $0.role == "poller" }) else {
                Issue.record("no poller")
                return
            }
            try await waitUntil("a second try") { master.requests.count >= 2 }
            try await waitUntil("a line about it in the log") {
                complainer.log.contains("poller") && complainer.log.contains("127.0.0.1:\(master.port)")
            }
            #expect(try ProcessMemory.peak(of: poller.pid) < 100 << 20, "bytes at the peak")
            let lines = complainer.log.split(separator: "\n").count
            #expect(lines < 100, "the log is not flooded")

            let port = master.port
            if detect == "stream" {
                let feed = FakeFeed([FakeEvents.subscribed()])
                master.behave { _ in .stream(feed) }
                try await waitUntil("health", within: .seconds(90)) {
                    complainer.statuses.last?.contains("(stream)") ?? false
                }
                feed.append(FakeEvents.added("risen"))
                feed.append(FakeEvents.failed("risen"))
            } else {
                master.behave { _ in .json(Self.state(port)) }
                try await waitUntil("health", within: .seconds(90)) {
                    complainer.statuses.last?.contains("(poll)") ?? false
                }
                master.behave { _ in .json(Self.state(port, failed: ["risen"])) }
            }
            try await complainer.waitForReport(containing: "risen")
            #expect(complainer.workers().contains(poller), "the poller never died")
        }
    }
}
