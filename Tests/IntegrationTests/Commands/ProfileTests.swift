import Foundation
import TestTools
import Testing

/// `/debug/pprof/` of a running instance.
@Suite(.serialized)
struct ProfileTests {
    private static let roles = ["dispatcher", "poller", "reporter/file", "server", "uploader"]

    /// With a poller that has much to do.
    private func run(_ body: (ComplainerProcess, Pages) async throws -> Void) async throws {
        let master = try FakeMaster(.status(500))
        defer { master.stop() }
        let state = Data(Self.state(port: master.port).utf8)
        master.behave { $0.path.hasSuffix("/state") ? .json(state) : .status(404) }
        let port = try FreePort.find()
        var options = ComplainerProcess.Options(masters: master.url)
        options.flags = ["-detect", "poll", "-poll-interval", "100ms", "-listen", "127.0.0.1:\(port)"]
        try await ComplainerProcess.with(options) { complainer in
            try await body(complainer, Pages(url: "http://127.0.0.1:\(port)/debug/pprof/"))
        }
    }

    /// What a leading master says of some thousand tasks.
    private static func state(port: Int) -> String {
        let tasks = (0..<3000).map { number in
            """
            {"id":"task.\(number)","name":"app \(number % 50)","framework_id":"f-0","slave_id":"s-0","executor_id":"",
            "state":"TASK_RUNNING","labels":[{"key":"team","value":"\(number % 7)"}],
            "statuses":[{"state":"TASK_RUNNING","timestamp":\(1_700_000_000 + number)}]}
            """
        }
        return """
            {"version":"1.11.0","id":"m","pid":"master@127.0.0.1:\(port)","leader":"master@127.0.0.1:\(port)",
            "slaves":[{"id":"s-0","hostname":"agent","pid":"slave(1)@127.0.0.1:1"}],
            "frameworks":[{"id":"f-0","name":"marathon","tasks":[\(tasks.joined(separator: ","))],"completed_tasks":[]}],
            "completed_frameworks":[]}
            """
    }

    private struct Pages: Sendable {
        let url: String

        func get(_ page: String) async throws -> (status: Int, body: Data) {
            try await HTTPGet.answer(url + page, timeout: 120)
        }

        /// One of the poller that ends only when somebody makes it end. The shorter ones by which a test finds out that it is
        /// there may come before it: then it is asked for again.
        func longProfile() async throws -> (status: Int, body: Data) {
            while true {
                let answer = try await get("profile?seconds=300&worker=poller")
                if answer.status != 500 { return answer }
            }
        }

        func text(_ page: String) async throws -> String { String(decoding: try await get(page).body, as: UTF8.self) }

        func profile(_ page: String) async throws -> ProfileReader {
            let (status, body) = try await get(page)
            guard status == 200 else {
                throw HarnessError("\(page): \(status) \(String(decoding: body, as: UTF8.self))")
            }
            return try ProfileReader(packed: body)
        }
    }

    @Test func everyPageAnswersForEveryWorker() async throws {
        try await run { _, pages in
            try await waitUntil("the index") {
                let index = try await pages.text("")
                return Self.roles.allSatisfy { index.contains("threads?worker=\($0)") }
            }
            for role in Self.roles {
                let threads = try await pages.profile("threads?worker=\(role)")
                #expect(threads.measures == ["threads/count"])
                #expect(threads.samples.contains { $0.functions.contains { $0.contains("ChannelLoop") } }, "\(role)")
                let heap = try await pages.profile("heap?worker=\(role)")
                #expect(heap.samples.contains { $0.values[1] > 10_000 })
                #expect(try await pages.text("cmdline?worker=\(role)") == "complainer\0worker\0\(role)")
                #expect(try await pages.text("threads?debug=1&worker=\(role)").contains(" threads\n"))
                #expect(try await pages.text("symbol?worker=\(role)") == "num_symbols: 1\n")
                #expect(try await pages.get("trace?worker=\(role)").status == 501)
            }
            // Without a worker it is the whole program.
            let threads = try await pages.profile("threads")
            #expect(Set(threads.samples.compactMap { $0.labels["worker"] }) == Set(Self.roles))
            let text = try await pages.text("heap?debug=1")
            #expect(Self.roles.allSatisfy { text.contains("==== \($0)\n") })
        }
    }

    @Test func whatIsWrongIsSaid() async throws {
        try await run { _, pages in
            let unknown = try await pages.get("heap?worker=cook")
            #expect(unknown.status == 404)
            #expect(
                String(decoding: unknown.body, as: UTF8.self)
                    == "there is no worker cook now; there are: \(Self.roles.joined(separator: ", "))\n")
            #expect(try await pages.get("heap?worker=supervisor").status == 404)
            for page in ["profile?seconds=abc", "profile?seconds=0&worker=poller", "profile?seconds=301"] {
                let answer = try await pages.get(page)
                #expect(answer.status == 400)
                #expect(answer.body == Data("seconds must be a whole number from 1 to 300\n".utf8))
            }
        }
    }

    @Test func theProfileOfAWorkerShowsItsWork() async throws {
        try await run { complainer, pages in
            try await waitUntil("the poller's work") {
                let profile = try await pages.profile("profile?seconds=2&worker=poller")
                #expect(profile.measures == ["samples/count", "cpu/nanoseconds"])
                #expect(profile.mappings.first?.file.hasSuffix("/complainer") == true)
                return profile.samples.contains { $0.functions.contains { $0.contains("MesosClient.") } }
            }
            try await waitUntil("the poller's work among the others'") {
                let whole = try await pages.profile("profile?seconds=2")
                return whole.samples.contains { sample in
                    sample.labels["worker"] == "poller" && sample.functions.contains { $0.contains("MesosClient.") }
                }
            }
            #expect(!complainer.log.contains("crashed"))
        }
    }

    @Test func aSecondProfileIsRefusedAndAWorkerThatDiesIsSaid() async throws {
        try await run { complainer, pages in
            let first = Task { try await pages.longProfile() }
            try await waitUntil("the refusal") {
                let second = try await pages.get("profile?seconds=1&worker=poller")
                return second.status == 500
                    && String(decoding: second.body, as: UTF8.self).contains("cpu profiling already in use")
            }
            // Another process is another matter.
            #expect(try await pages.get("profile?seconds=1&worker=uploader").status == 200)
            let victim = try complainer.kill(role: "poller")
            let answer = try await first.value
            #expect(answer.status == 502)
            #expect(String(decoding: answer.body, as: UTF8.self).contains("the worker poller"))
            try await waitUntil("its successor") {
                try await pages.get("profile?seconds=1&worker=poller").status == 200
            }
            #expect(complainer.workers().first { $0.role == "poller" }?.pid != victim)
            // Nobody else was harmed by it.
            #expect(!complainer.log.contains("protocol"))
        }
    }

    @Test func whoGoesAwayEndsTheProfileInTheOtherProcess() async throws {
        try await run { _, pages in
            let first = Task { try await pages.longProfile() }
            try await waitUntil("the profile") {
                try await pages.get("profile?seconds=1&worker=poller").status == 500
            }
            first.cancel()
            _ = try? await first.value
            try await waitUntil("its end") {
                try await pages.get("profile?seconds=1&worker=poller").status == 200
            }
        }
    }
}
