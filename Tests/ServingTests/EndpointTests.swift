import Complaints
import Foundation
import HTTPClient
import Observability
import Supervision
import Testing

@testable import Serving

@Suite struct EndpointTests {
    @Test func healthSaysExactlyWhatItAlwaysSaid() async throws {
        let dispatcher = try FakeDispatcher(FakeDispatcher.healthy)
        let instance = try Instance(listen: "127.0.0.1:0", dispatcher: dispatcher)
        try await instance.ready()
        for response in [try await instance.get("/health"), try await instance.overTCP("/health")] {
            #expect(response.status == 200)
            #expect(response.body == Array("I am mostly okay, thanks.\n".utf8))
            #expect(response.headers["Content-Type"] == "text/plain; charset=utf-8")
            #expect(response.headers["Server"] == nil)
            #expect(response.headers["Date"]?.hasSuffix(" GMT") == true)
        }
    }

    @Test func healthTurnsWithTheMaster() async throws {
        let dispatcher = try FakeDispatcher(FakeDispatcher.fishy)
        let instance = try Instance(dispatcher: dispatcher)
        try await instance.ready()
        let bad = try await instance.get("/health")
        #expect(bad.status == 500)
        #expect(bad.body == Array("Something is fishy: no master answers\n".utf8))
        dispatcher.answer(FakeDispatcher.healthy)
        #expect(try await instance.get("/health").status == 200)
        dispatcher.answer(FakeDispatcher.fishy)
        #expect(try await instance.get("/health").status == 500)
    }

    @Test func aReasonStaysOnOneLine() async throws {
        let dispatcher = try FakeDispatcher { _ in #"{"ok":false,"reason":"a\nb\u001b[31m","mode":""}"# }
        let instance = try Instance(dispatcher: dispatcher)
        try await instance.ready()
        #expect(try await instance.get("/health").text == "Something is fishy: a b [31m\n")
    }

    @Test func versionNamesTheInstance() async throws {
        let folder = try Folder()
        let instance = try Instance(name: "blue", folder: folder)
        try await instance.ready()
        let response = try await instance.get("/version", socket: folder.path + "/complainer-blue.sock")
        #expect(response.status == 200)
        #expect(response.body == Array("complainer (blue) v\(Version.number)\n".utf8))
    }

    @Test func documentsPassThroughAsTheyAre() async throws {
        let dispatcher = try FakeDispatcher(FakeDispatcher.healthy)
        let instance = try Instance(dispatcher: dispatcher)
        try await instance.ready()
        for what in ["workers", "failures", "summary"] {
            let response = try await instance.get("/api/\(what)")
            #expect(response.status == 200)
            #expect(response.headers["Content-Type"] == "application/json")
            #expect(response.text == (FakeDispatcher.healthy(what) ?? "") + "\n")
        }
    }

    @Test func metricsOfAllWorkersAreOnOnePageWhateverOneOfThemSends() async throws {
        let reporter = MetricsSnapshot(families: [MetricFamily(name: "x_total", kind: .counter, value: 3)])
        let reports = [
            MetricsReport(role: "poller", snapshot: Array("nonsense".utf8)),
            MetricsReport(role: "reporter/file", snapshot: try #require(reporter.encoded())),
        ]
        let json = String(decoding: try JSONEncoder().encode(reports), as: UTF8.self)
        let dispatcher = try FakeDispatcher { $0 == "metrics" ? json : FakeDispatcher.healthy($0) }
        let instance = try Instance(dispatcher: dispatcher)
        try await instance.ready()
        let response = try await instance.get("/metrics")
        #expect(response.status == 200)
        #expect(response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        let lines = response.text.split(separator: "\n").map(String.init)
        #expect(lines.contains(#"x_total{worker="reporter/file"} 3"#))
        #expect(lines.contains(#"complainer_worker_up{worker="poller"} 1"#))
        #expect(lines.contains(#"complainer_build_info{version="\#(Version.number)"} 1"#))
        dispatcher.answer { _ in #"{"error":"it starts"}"# }
        #expect(try await instance.get("/metrics").status == 503)
    }

    @Test func aDispatcherThatCannotAnswerIsQuoted() async throws {
        let dispatcher = try FakeDispatcher { _ in #"{"error":"the \"disk\" is full"}"# }
        let instance = try Instance(dispatcher: dispatcher)
        try await instance.ready()
        let response = try await instance.get("/api/failures")
        #expect(response.status == 503)
        #expect(
            try JSONDecoder().decode([String: String].self, from: Data(response.body)) == [
                "error": "the \"disk\" is full"
            ])
        #expect(try await instance.get("/health").text == "Something is fishy: the \"disk\" is full\n")
    }

    @Test func headHasTheHeadersAndNoBody() async throws {
        let dispatcher = try FakeDispatcher(FakeDispatcher.healthy)
        let instance = try Instance(dispatcher: dispatcher)
        try await instance.ready()
        let connection = try RawConnection(instance.socketPath)
        try await connection.send("HEAD /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let answer = try await connection.readToEnd()
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.lowercased().contains("content-length: 26\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
    func otherMethodsAreRefused(_ method: String) async throws {
        let instance = try Instance()
        try await instance.ready()
        let connection = try RawConnection(instance.socketPath)
        try await connection.send(
            "\(method) /version HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        let answer = try await connection.readToEnd()
        #expect(answer.hasPrefix("HTTP/1.1 405 "))
        #expect(answer.lowercased().contains("allow: get, head\r\n"))
    }

    @Test(
        arguments: [
            "/index", "/healthy", "/health/", "//health", "/HEALTH", "/api", "/api/", "/%68ealth", "/../health",
        ])
    func whatIsNotThereIsNotFound(_ path: String) async throws {
        let instance = try Instance()
        try await instance.ready()
        let connection = try RawConnection(instance.socketPath)
        try await connection.send("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(try await connection.readToEnd().hasPrefix("HTTP/1.1 404 "))
    }

    @Test func aQueryDoesNotMatter() async throws {
        let instance = try Instance()
        try await instance.ready()
        #expect(try await instance.get("/version?x=1&y").status == 200)
    }

    @Test func aRouteOfASubtreeMatchesWhatIsBelow() {
        let tree = Route("/debug/pprof/") { _, _ in .text("") }
        #expect(tree.matches("/debug/pprof/") && tree.matches("/debug/pprof/heap"))
        #expect(!tree.matches("/debug/pprof") && !tree.matches("/debug/pprofx"))
        #expect(!Route("/") { _, _ in .text("") }.matches("/health"))
    }

    @Test func theDateIsAsHTTPWantsIt() {
        #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.text(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
    }
}
