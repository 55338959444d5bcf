import HTTPClient
import NIOCore
import TestTools
import Testing

@testable import Serving

/// Clients that are slow, many, greedy or confused.
@Suite struct ClientTests {
    private static let version = "GET /version HTTP/1.1\r\nHost: x\r\n\r\n"

    private static func quick(_ change: (inout ConnectionLimits) -> Void) -> ConnectionLimits {
        var limits = ConnectionLimits()
        change(&limits)
        return limits
    }

    @Test func aHeaderThatDoesNotEndEndsTheConnection() async throws {
        let instance = try Instance(limits: Self.quick { $0.header = .milliseconds(100) })
        try await instance.ready()
        let silent = try RawConnection(instance.socketPath)
        let slow = try RawConnection(instance.socketPath)
        try await slow.send("GET /version HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        #expect(try await silent.readToEnd() == "")
        // A byte now and then does not help.
        try await waitUntil {
            try await slow.send("a")
            return slow.readSome() == nil
        }
    }

    @Test func anIdleConnectionEnds() async throws {
        let instance = try Instance(limits: Self.quick { $0.header = .milliseconds(100) })
        try await instance.ready()
        let connection = try RawConnection(instance.socketPath)
        try await connection.send(Self.version)
        #expect(try await connection.readToEnd().hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test func aBodyThatDoesNotEndEndsTheConnection() async throws {
        let instance = try Instance(limits: Self.quick { $0.body = .milliseconds(100) })
        try await instance.ready()
        let connection = try RawConnection(instance.socketPath)
        try await connection.send("POST /version HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
        // Answered or not, which is a matter of who is faster.
        let answer = try await connection.readToEnd()
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 405 "))
    }

    @Test func aBodyThatIsTooLargeEndsTheConnection() async throws {
        let instance = try Instance()
        try await instance.ready()
        let connection = try RawConnection(instance.socketPath)
        try await connection.send("POST /version HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "4000\r\n" + String(repeating: "x", count: 0x4000) + "\r\n"
        for _ in 0..<64 { try await connection.send(chunk) }
        _ = try await connection.readToEnd()
        #expect(try await instance.get("/version").status == 200)
    }

    @Test func aSmallBodyIsIgnored() async throws {
        let instance = try Instance()
        try await instance.ready()
        let connection = try RawConnection(instance.socketPath)
        try await connection.send("GET /version HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
        try await connection.send("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let answers = try await connection.readToEnd()
        #expect(answers.components(separatedBy: "HTTP/1.1 ").count == 3)
        #expect(answers.hasSuffix("the dispatcher is not running at the moment\n"))
    }

    @Test func aClientThatDoesNotReadEndsTheConnection() async throws {
        let document = "[\"" + String(repeating: "x", count: 4 << 20) + "\"]"
        let dispatcher = try FakeDispatcher { $0 == "failures" ? document : FakeDispatcher.healthy($0) }
        let instance = try Instance(
            dispatcher: dispatcher,
            limits: Self.quick {
                $0.write = .milliseconds(200)
                $0.connections = 1
            })
        try await instance.ready()
        let deaf = try RawConnection(instance.socketPath)
        try await deaf.send("GET /api/failures HTTP/1.1\r\nHost: x\r\n\r\n")
        // There is room for one only, so this is answered when the other is gone.
        #expect(try await instance.get("/version").status == 200)
        #expect(try await deaf.readToEnd().utf8.count < document.utf8.count)
    }

    @Test func clientsThatDoNotReadDoNotFillTheMemory() async throws {
        let document = "[\"" + String(repeating: "x", count: 1 << 20) + "\"]"
        let dispatcher = try FakeDispatcher { $0 == "failures" ? document : FakeDispatcher.healthy($0) }
        let instance = try Instance(dispatcher: dispatcher)
        try await instance.ready()
        // More than there is room for: our own question may take a place from one of them.
        var deaf = try (0..<40).map { _ in try RawConnection(instance.socketPath) }
        for client in deaf { try await client.send("GET /api/failures HTTP/1.1\r\nHost: x\r\n\r\n") }
        try await waitUntil { try await instance.get("/api/failures").status == 503 }
        #expect(try await instance.get("/health").status == 200)
        #expect(try await instance.get("/api/failures", .head).status == 200)
        // They hang up, which is as good as having read it all.
        deaf = []
        try await waitUntil { try await instance.get("/api/failures").status == 200 }
    }

    @Test func aStopInTheMiddleOfEverythingIsClean() async throws {
        let dispatcher = try FakeDispatcher()
        let instance = try Instance(
            dispatcher: dispatcher,
            limits: Self.quick {
                $0.connections = 16
                $0.farewell = .milliseconds(100)
            })
        try await instance.ready()
        // Accepted and waiting for an answer, half-way through a request, silent, or not accepted yet.
        let requests = ["GET /health HTTP/1.1\r\nHost: x\r\n\r\n", "GET /ver", ""]
        var clients: [RawConnection] = []
        for number in 0..<100 {
            let client = try RawConnection(instance.socketPath)
            try await client.send(requests[number % 3])
            clients.append(client)
        }
        try await instance.stop()
        for client in clients {
            let answer = try await client.readToEnd()
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 500 "))
        }
    }

    @Test func aClientThatNeverHangsUpIsLeft() async throws {
        let instance = try Instance(
            limits: Self.quick {
                $0.farewell = .milliseconds(10)
                $0.connections = 1
            })
        try await instance.ready()
        let clinging = try RawConnection(instance.socketPath)
        try await clinging.send("GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(try await clinging.readToEnd().hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(try await instance.get("/version").status == 200)
        withExtendedLifetime(clinging) {}
    }

    @Test func manyConnectionsAreServedInTurn() async throws {
        let instance = try Instance(
            limits: Self.quick {
                $0.connections = 8
                $0.farewell = .milliseconds(10)
            })
        try await instance.ready()
        // All connected at once, eight of them accepted.
        let connections = try (0..<100).map { _ in try RawConnection(instance.socketPath) }
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for connection in connections {
                group.addTask {
                    try await connection.send("GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    return try await connection.readToEnd()
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count { $0.hasPrefix("HTTP/1.1 200 OK\r\n") } == 100)
    }

    @Test func requestsInARowAreAnsweredInOrder() async throws {
        let dispatcher = try FakeDispatcher(FakeDispatcher.healthy)
        let instance = try Instance(dispatcher: dispatcher)
        try await instance.ready()
        let connection = try RawConnection(instance.socketPath)
        let health = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
        try await connection.send(String(repeating: health + Self.version, count: 50))
        try await connection.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let lines = try await connection.readToEnd().split(separator: "\r\n\r\n").compactMap {
            $0.split(separator: "\n").first
        }
        try #require(lines.count == 102)
        #expect(lines[1] == "I am mostly okay, thanks." && lines[2].hasPrefix("complainer (default)"))
    }

    @Test func anOldClientIsHungUpOn() async throws {
        let instance = try Instance()
        try await instance.ready()
        let connection = try RawConnection(instance.socketPath)
        try await connection.send("GET /version HTTP/1.0\r\n\r\n")
        let answer = try await connection.readToEnd()
        #expect(answer.contains(" 200 OK\r\n"))
        #expect(answer.lowercased().contains("connection: close\r\n"))
    }

    @Test func aClientThatSaysItIsDoneGetsItsAnswer() async throws {
        let instance = try Instance()
        try await instance.ready()
        let connection = try RawConnection(instance.socketPath)
        try await connection.send(Self.version)
        connection.finish()
        #expect(try await connection.readToEnd().hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    static let garbage: [(String, [UInt8])] = [
        ("nothing of HTTP", Array("hello\r\n\r\n".utf8)),
        ("TLS", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3]),
        ("zeros", [UInt8](repeating: 0, count: 100_000)),
        ("not UTF-8", Array("GET /\u{1}".utf8) + [0xFF, 0xFE] + Array(" HTTP/1.1\r\nHost: x\r\n\r\n".utf8)),
        ("a header's name with a space", Array("GET / HTTP/1.1\r\nA B: c\r\n\r\n".utf8)),
        ("two lengths", Array("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n".utf8)),
        ("a negative length", Array("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n".utf8)),
        ("HTTP/2", Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)),
        ("a huge path", Array("GET /".utf8) + [UInt8](repeating: 0x61, count: 1 << 20)),
        ("a huge field", Array("GET / HTTP/1.1\r\nX: ".utf8) + [UInt8](repeating: 0x61, count: 1 << 20)),
        (
            "many fields",
            Array(("GET / HTTP/1.1\r\n" + (0..<10_000).map { "X-\($0): y\r\n" }.joined() + "\r\n").utf8)
        ),
    ]

    @Test(arguments: garbage) func garbageIsRefused(_ name: String, _ bytes: [UInt8]) async throws {
        let instance = try Instance(limits: Self.quick { $0.header = .seconds(1) })
        try await instance.ready()
        let connection = try RawConnection(instance.socketPath)
        try await connection.send(bytes)
        let answer = try await connection.readToEnd()
        #expect(!answer.contains(" 200 "), "\(name)")
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(name): \(answer.prefix(100))")
        #expect(try await instance.get("/version").status == 200)
    }

    @Test func clientsThatHangUpHalfWayDoNoHarm() async throws {
        let instance = try Instance(limits: Self.quick { $0.connections = 4 })
        try await instance.ready()
        let request = Self.version
        for length in 0...request.utf8.count {
            let connection = try RawConnection(instance.socketPath)
            try await connection.send(String(request.prefix(length)))
        }
        #expect(try await instance.get("/version").status == 200)
    }
}

@Suite struct ConnectionDeadlinesTests {
    private static func at(_ seconds: UInt64) -> NIODeadline { .uptimeNanoseconds(seconds * 1_000_000_000) }

    @Test func aConnectionOwesARequest() {
        var deadlines = ConnectionDeadlines(ConnectionLimits(), now: Self.at(100))
        #expect(deadlines.deadline == Self.at(130))
        deadlines.headerCame(Self.at(105))
        #expect(deadlines.deadline == Self.at(115), "the body has to end")
        deadlines.requestEnded()
        #expect(deadlines.deadline == nil, "it is our turn")
        deadlines.writeBegan(Self.at(200))
        #expect(deadlines.deadline == Self.at(230))
        deadlines.writeBegan(Self.at(201))
        #expect(deadlines.deadline == Self.at(230), "more to take is no progress")
        deadlines.writeEnded(Self.at(210))
        #expect(deadlines.deadline == Self.at(240))
        deadlines.writeEnded(Self.at(211))
        deadlines.responseEnded(Self.at(211))
        #expect(deadlines.deadline == Self.at(241), "the next request")
        deadlines.farewellBegan(Self.at(220))
        #expect(deadlines.deadline == Self.at(222))
        deadlines.farewellBegan(Self.at(230))
        #expect(deadlines.deadline == Self.at(222))
    }

    @Test func bodiesAreCountedForEachRequest() {
        var deadlines = ConnectionDeadlines(ConnectionLimits(), now: Self.at(0))
        deadlines.headerCame(Self.at(0))
        let enough = deadlines.bodyCame(64 * 1024)
        let tooMuch = deadlines.bodyCame(1)
        deadlines.headerCame(Self.at(1))
        let next = deadlines.bodyCame(1)
        #expect(enough && !tooMuch && next)
    }
}
