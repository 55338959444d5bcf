import AgentTesting
import Complaints
import Foundation
import HTTPClient
import ObjectStorage
import Testing

@testable import Uploading

/// The uploader between agents that break and a real store behind a line that breaks.
@Suite(.serialized, .enabled(if: CephGateway.isWanted, "a Ceph gateway needs the packages radosgw, ceph-mon, ceph-osd"))
struct UploaderFaultTests {
    private static let http = HTTPClient(HTTPClient.Configuration(proxy: .none))

    private func get(_ url: String) async throws -> HTTPResponse {
        var request = HTTPRequest(.get, url)
        request.maxBodyBytes = 256 << 20
        return try await Self.http.send(request)
    }

    @Test("Logs of any size, by both signatures, and compressed", arguments: ["s3aws", "s3goamz"])
    func sizes(owner: String) async throws {
        let part = Int64(LogUpload.partBytes)
        try await CephGateway.run { gateway in
            let bench = try UploaderBench(gateway, owner)
            for size in [0, 1, part - 1, part, part + 1, 20 << 20, 200 << 20] {
                let file = size > part ? FakeFile.noise(size) : .lines(size)
                let agent = try FakeAgent()
                let sandbox = UploaderBench.path("t-\(size)", on: agent)
                agent.change("\(sandbox)/stdout", to: file)
                agent.change("\(sandbox)/stderr", to: FakeFile("errors of \(size)\n"))
                let outcome = try await bench.run(UploaderBench.failure("t-\(size)", on: agent))
                #expect(outcome.evidence.logsError == nil)
                let answer = try await get(outcome.evidence.stdoutURL)
                #expect(answer.status == 200 && answer.body == file.bytes(0, Int(size)), "\(size) bytes")
                #expect(answer.headers["Content-Type"] == ObjectStore.logContentType)
                #expect(try await get(outcome.evidence.stderrURL).body == Array("errors of \(size)\n".utf8))
                agent.stop()
            }
            #expect(try await gateway.store(.version2).listUploads() == [])
        }
    }

    @Test("Compressed logs come back as they were, and say that they are compressed")
    func compressed() async throws {
        try await CephGateway.run { gateway in
            var settings = LogSettings()
            settings.isCompressed = true
            let bench = try UploaderBench(gateway, settings: settings)
            let file = FakeFile.lines(3_000_000)
            let agent = try FakeAgent()
            agent.change("\(UploaderBench.path("t", on: agent))/stdout", to: file)
            agent.change("\(UploaderBench.path("t", on: agent))/stderr", to: FakeFile(""))
            let outcome = try await bench.run(UploaderBench.failure("t", on: agent))
            var request = HTTPRequest(.get, outcome.evidence.stdoutURL)
            let raw = try await Self.http.send(request)
            #expect(raw.headers["Content-Encoding"] == "gzip" && raw.body.count < 300_000)
            request.acceptEncoding = true
            #expect(try await Self.http.send(request).body == file.bytes(0, 3_000_000))
            #expect(outcome.evidence.stdoutTail.split(separator: "\n").count == 20)
        }
    }

    @Test("Agents and store break 200 times: every log is whole, or its absence is told, and nothing is left behind")
    func torn() async throws {
        try await CephGateway.run { gateway in
            let port = try #require(URL(string: gateway.endpoint)?.port)
            let proxy = try TearingProxy(to: port, .tearing(percent: 85, within: 200_000, othersWithin: 20 << 20))
            defer { proxy.stop() }
            let agents = try (0..<8).map { _ in
                try FakeAgent { _, request in
                    switch Int.random(in: 0..<10) {
                    case 0: .status(503)
                    case 1 where request.contains("/download"), 2 where request.contains("/download"):
                        .cut(after: Int.random(in: 0...200_000))
                    default: nil
                    }
                }
            }
            defer { for agent in agents { agent.stop() } }
            let bench = try UploaderBench(gateway, port: proxy.port)
            let temporary = Set(try FileManager.default.contentsOfDirectory(atPath: "/tmp"))
            let count = 200
            let failed = try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<count {
                    let agent = agents[number % agents.count]
                    let id = "torn-\(number)"
                    // Some in parts, one whose stderr is not there, the others of all sizes.
                    let size: Int64 = number % 70 == 0 ? 9 << 20 : Int64.random(in: 0...200_000)
                    let sandbox = UploaderBench.path(id, on: agent)
                    agent.change("\(sandbox)/stdout", to: .lines(size))
                    if number != 7 { agent.change("\(sandbox)/stderr", to: .lines(size / 10)) }
                    group.addTask {
                        let outcome = try await bench.run(UploaderBench.failure(id, on: agent), tries: 1000)
                        if let error = outcome.evidence.logsError, number != 7 {
                            return error
                        }
                        let store = try gateway.store(.version4(region: gateway.region))
                        for (log, size) in [("stdout", size), ("stderr", size / 10)]
                        where log == "stdout" || number != 7 {
                            let url = store.presignedGet("task/\(id)/\(log)", expires: .seconds(60))
                            let body = try await get(url).body
                            #expect(body == FakeFile.lines(size).bytes(0, Int(size)), "\(id)/\(log), \(size) bytes")
                        }
                        #expect(number != 7 || outcome.evidence.logsError == "there is no stderr in the sandbox")
                        let port = proxy.port
                        #expect(outcome.evidence.stdoutURL.hasPrefix("http://127.0.0.1:\(port)/"))
                        return nil
                    }
                }
                return try await group.reduce(into: [String]()) { if let error = $1 { $0.append(error) } }
            }
            #expect(proxy.tornConnections > 30, "the line was too good")
            #expect(failed == [], "everything was to be had")
            proxy.set(.calm)
            let store = try gateway.store(.version4(region: gateway.region))
            try await waitUntil("no upload in parts is left") { try await store.listUploads().isEmpty }
            let left = Set(try FileManager.default.contentsOfDirectory(atPath: "/tmp")).subtracting(temporary)
            #expect(!left.contains { $0.lowercased().contains("complainer-0-") })
        }
    }

    @Test("Agents that hang delay nobody else")
    func hanging() async throws {
        try await CephGateway.run { gateway in
            let bench = try UploaderBench(gateway)
            let hung = try (0..<6).map { _ in try FakeAgent { _, _ in .hang } }
            let silent = try (0..<2).map { _ in
                try FakeAgent { _, request in request.contains("/download") ? .stall(after: 100_000) : nil }
            }
            defer { for agent in hung + silent { agent.stop() } }
            for agent in silent {
                agent.change("\(UploaderBench.path("stuck", on: agent))/stdout", to: .lines(1 << 20))
                agent.change("\(UploaderBench.path("stuck", on: agent))/stderr", to: .lines(1 << 20))
            }
            let stuck = Task {
                await withTaskGroup(of: Void.self) { group in
                    for (number, agent) in hung.enumerated() {
                        for task in 0..<30 {
                            group.addTask {
                                _ = try? await bench.run(
                                    UploaderBench.failure("hung-\(number)-\(task)", on: agent),
                                    longestPause: .seconds(60))
                            }
                        }
                    }
                    for agent in silent {
                        group.addTask { _ = try? await bench.run(UploaderBench.failure("stuck", on: agent)) }
                    }
                }
            }
            defer { stuck.cancel() }
            try await Task.sleep(for: .milliseconds(500))
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    let agent = try FakeAgent()
                    agent.change("\(UploaderBench.path("well", on: agent))/stdout", to: .lines(10_000))
                    agent.change("\(UploaderBench.path("well", on: agent))/stderr", to: .lines(10_000))
                    group.addTask {
                        let outcome = try await bench.run(UploaderBench.failure("well", on: agent, name: "n\(number)"))
                        #expect(outcome.evidence.logsError == nil && outcome.reasons == [])
                        agent.stop()
                    }
                }
                try await group.waitForAll()
            }
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }
}
