import Foundation
import HTTPClient
import Synchronization
import TestTools
import Testing

/// One after the other: one of them counts the process's descriptors, and all are heavy.
@Suite(.serialized)
struct ConcurrencyTests {
    private func echoServer() throws -> ScriptedServer {
        try ScriptedServer { connection in try connection.serve { try connection.respond(body: $0.path) } }
    }

    @Test func twoHundredRequestsAtOnce() async throws {
        let server = try echoServer()
        defer { server.stop() }
        let client = HTTPClient.forTests(maxConnectionsPerHost: 8)
        let url = server.url
        let texts = await withTaskGroup(of: String?.self) { group in
            for number in 0..<200 {
                group.addTask { try? await client.send(HTTPRequest(.get, "\(url)/\(number)")).text }
            }
            return await group.reduce(into: Set<String>()) { if let text = $1 { $0.insert(text) } }
        }
        #expect(texts == Set((0..<200).map { "/\($0)" }))
        #expect(server.connectionCount <= 8)
    }

    @Test func waitingForAConnectionIsNeitherIdlenessNorAConnectTimeout() async throws {
        let server = try ScriptedServer { connection in
            try connection.serve { _ in
                usleep(500_000)
                try connection.respond()
            }
        }
        defer { server.stop() }
        let client = HTTPClient.forTests(maxConnectionsPerHost: 1)
        var request = HTTPRequest(.get, server.url)
        request.idleTimeout = .seconds(2)
        request.connectTimeout = .seconds(2)
        let statuses = await withTaskGroup(of: Int?.self) { [request] group in
            for _ in 0..<8 { group.addTask { try? await client.send(request).status } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == [Int?](repeating: 200, count: 8))
        #expect(server.connectionCount == 1)
    }

    @Test func shutdownEndsEverythingInFlight() async throws {
        let server = try ScriptedServer { connection in
            guard let request = try connection.request() else { return }
            if request.path == "/stream" { try connection.write("HTTP/1.1 200 OK\r\n\r\n") }
            try connection.waitForClose()
        }
        defer { server.stop() }
        let client = HTTPClient.forTests()
        let url = server.url
        let stream = try await client.open(HTTPRequest(.get, url + "/stream"))
        let kinds = try await withThrowingTaskGroup(of: HTTPError.Kind?.self) { group in
            for _ in 0..<10 {
                group.addTask { await failure { _ = try await client.send(HTTPRequest(.get, url)) }?.kind }
            }
            group.addTask { await failure { _ = try await stream.next() }?.kind }
            group.addTask {
                try await waitUntil("all requests arrive") { server.requests.count == 11 }
                client.shutdown()
                client.shutdown()
                return .cancelled
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(kinds == [HTTPError.Kind?](repeating: .cancelled, count: 12))
        try await waitUntil("all connections are closed") { server.endedCount == 11 }
        #expect(await failure { _ = try await client.send(HTTPRequest(.get, url)) }?.kind == .cancelled)
        HTTPClient().shutdown()
    }

    @Test func fiveHundredRequestsLeaveNoDescriptorAndNoThread() async throws {
        let server = try ScriptedServer { connection in
            try connection.serve { request in
                switch request.path {
                case "/close": return connection.abort()
                case "/torn":
                    try connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx")
                    return connection.abort()
                case "/wait": try connection.waitForClose()
                default: try connection.respond(body: request.text)
                }
            }
        }
        defer { server.stop() }
        let before = try Self.connectedSockets(to: server.port)
        #expect(before == 0)
        do {
            let client = HTTPClient.forTests()
            for number in 0..<500 {
                switch number % 10 {
                case 0: _ = try? await client.send(HTTPRequest(.get, server.url + "/close"))
                case 1: _ = try? await client.send(HTTPRequest(.get, server.url + "/torn"))
                case 2:
                    let task = Task { try await client.send(HTTPRequest(.get, server.url + "/wait")) }
                    if number % 20 == 2 { await Task.yield() }
                    task.cancel()
                    _ = try? await task.value
                case 3: _ = try await client.open(HTTPRequest(.get, server.url))
                default:
                    let body = HTTPBody.bytes(Array("b".utf8))
                    #expect(try await client.send(HTTPRequest(.put, server.url, body: body)).text == "b")
                }
            }
            try await waitUntil("only kept connections are open") {
                (try? Self.connectedSockets(to: server.port)).map { $0 <= 32 } == true
            }
        }
        try await waitUntil("the client took its connections with it") {
            (try? Self.connectedSockets(to: server.port)) == 0
        }
        try await waitUntil("the server has seen it") { server.endedCount == server.connectionCount }
    }

    @Test func clientsComeAndGo() async throws {
        let server = try echoServer()
        defer { server.stop() }
        let before = try Self.threads()
        for _ in 0..<50 {
            let client = HTTPClient.forTests()
            #expect(try await client.send(HTTPRequest(.get, server.url)).status == 200)
        }
        try await waitUntil("their threads are gone") {
            (try? Self.threads()).map { $0 < before + 40 } == true
        }
    }

    /// Sockets of this process that are connected to the port from the client's side.
    private static func connectedSockets(to port: Int) throws -> Int {
        let remote = ":" + String(format: "%04X", port)
        return try FileManager.default.contents(atPath: "/proc/self/net/tcp").map {
            String(decoding: $0, as: UTF8.self)
        }
        .map { table in
            table.split(separator: "\n").dropFirst().filter { line in
                let fields = line.split(separator: " ")
                // Established, or closed by the peer only: the states in which a descriptor is held.
                return fields.count > 3 && fields[2].hasSuffix(remote) && ["01", "08"].contains(fields[3])
            }.count
        } ?? { throw ServerFailure("/proc/self/net/tcp") }()
    }

    private static func threads() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
    }
}
