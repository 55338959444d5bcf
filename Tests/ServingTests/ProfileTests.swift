import Foundation
import TestTools
import Testing

@testable import Serving

/// The pages below `/debug/pprof/`.
@Suite(.serialized) struct ProfileTests {
    @Test func theIndexListsAllAndTheWorkersToPickFrom() async throws {
        let dispatcher = try FakeDispatcher(FakeDispatcher.healthy)
        let instance = try Instance(dispatcher: dispatcher)
        try await instance.ready()
        try await waitUntil { try await instance.get("/debug/pprof/").text.contains("profile?worker=poller") }
        let response = try await instance.get("/debug/pprof/")
        #expect(response.headers["Content-Type"] == "text/html; charset=utf-8")
        for page in ["profile", "threads", "heap", "cmdline", "symbol", "trace"] {
            #expect(response.text.contains("<a href=\"\(page)\">\(page)</a>"))
        }
        let connection = try RawConnection(instance.socketPath)
        try await connection.send("GET /debug/pprof HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let redirect = try await connection.readToEnd()
        #expect(redirect.hasPrefix("HTTP/1.1 301 "))
        #expect(redirect.contains("ocation: /debug/pprof/\r\n"))
    }

    @Test func theIndexIsThereWithoutTheDispatcher() async throws {
        let instance = try Instance()
        try await instance.ready()
        #expect(try await instance.get("/debug/pprof/").status == 200)
    }

    @Test func filesAndTextsAreToldApart() async throws {
        let instance = try Instance()
        try await instance.ready()
        let heap = try await instance.get("/debug/pprof/heap")
        #expect(heap.status == 200)
        #expect(heap.headers["Content-Type"] == "application/octet-stream")
        #expect(heap.headers["Content-Disposition"] == "attachment; filename=\"heap\"")
        #expect(heap.body.prefix(2).elementsEqual([0x1f, 0x8b]))
        let text = try await instance.get("/debug/pprof/heap?debug=1")
        #expect(text.headers["Content-Type"] == "text/plain; charset=utf-8")
        #expect(text.text.contains("mallinfo2"))
        let threads = try await instance.get("/debug/pprof/threads?debug=1")
        #expect(threads.text.contains(" threads\n"))
    }

    @Test(arguments: ["profile?seconds=0", "profile?seconds=abc", "heap?debug=9"])
    func wrongParametersAreRefused(_ page: String) async throws {
        let instance = try Instance()
        try await instance.ready()
        let response = try await instance.get("/debug/pprof/" + page)
        #expect(response.status == 400)
        #expect(response.text.contains("must be"))
        // By this header pprof shows its user the line.
        #expect(response.headers["X-Go-Pprof"] == "1")
    }

    @Test func whatThereIsNotIsSaid() async throws {
        let instance = try Instance()
        try await instance.ready()
        let unknown = try await instance.get("/debug/pprof/goroutine")
        #expect(unknown.status == 404)
        #expect(unknown.text.contains("threads"))
        #expect(try await instance.get("/debug/pprof/trace?seconds=5").status == 501)
    }

    @Test func symbolsAreAskedForEitherWay() async throws {
        let instance = try Instance()
        try await instance.ready()
        let address = "0x" + String(UInt(bitPattern: try #require(dlsym(nil, "swift_retain"))), radix: 16)
        #expect(try await instance.get("/debug/pprof/symbol").text == "num_symbols: 1\n")
        #expect(try await instance.get("/debug/pprof/symbol?\(address)+0x1").text.contains(address + " "))
        let connection = try RawConnection(instance.socketPath)
        let body = "\(address)+0x2"
        try await connection.send(
            """
            POST /debug/pprof/symbol HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)\
            GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n
            """)
        let answers = try await connection.readToEnd()
        #expect(answers.contains("\n\(address) "))
        #expect(answers.contains("complainer (default)"), "the next request is read after the body")
    }

    @Test(arguments: [true, false]) func aClientThatGoesAwayEndsItsProfile(half: Bool) async throws {
        let instance = try Instance()
        try await instance.ready()
        let connection = Box(try await longProfile(of: instance))
        if half { connection.value?.finish() } else { connection.value = nil }
        try await waitUntil("the end of the profile") {
            try await instance.get("/debug/pprof/profile?seconds=1").status == 200
        }
    }

    @Test func aProfileDoesNotHoldUpTheStop() async throws {
        let instance = try Instance()
        try await instance.ready()
        let connection = try await longProfile(of: instance)
        let start = ContinuousClock.now
        try await instance.stop()
        #expect(ContinuousClock.now - start < .seconds(60))
        withExtendedLifetime(connection) {}
    }

    /// A connection over which a profile is being waited for that nothing but its client ends. Other suites of this process
    /// may take profiles too: then it is refused, and asked for again.
    private func longProfile(of instance: Instance) async throws -> RawConnection {
        try await waitFor("a profile", every: .milliseconds(100)) {
            let connection = try RawConnection(instance.socketPath)
            try await connection.send("GET /debug/pprof/profile?seconds=300 HTTP/1.1\r\nHost: x\r\n\r\n")
            // Requests are taken in the order in which they come, so a refusal is here by then.
            for _ in 0..<10 {
                let isTaken = try await instance.get("/debug/pprof/profile?seconds=1").status == 500
                guard isTaken, connection.readSome() == [] else { return nil }
            }
            return connection
        }
    }

    private final class Box {
        var value: RawConnection?
        init(_ value: RawConnection) { self.value = value }
    }
}
