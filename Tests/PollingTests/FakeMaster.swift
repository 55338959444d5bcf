import Glibc
import Synchronization

/// An HTTP server that answers as a test says; one thread a connection, all closed when it goes away.
final class FakeMaster: Sendable {
    struct Request: Sendable {
        var method: String
        /// With its query.
        var path: String
    }

    enum Reply: Sendable {
        case whole(status: Int, headers: [String] = [], body: String)
        /// Chunked, and kept open: more comes by ``FakeMaster/push(_:)``.
        case stream(String)
        /// Chunked, and closed at the end.
        case closedStream(String)
        /// These bytes, then the end.
        case raw(String)
        /// Nothing, as long as the server lives.
        case silence
    }

    let port: Int
    private let listener: Int32
    private let reply: @Sendable (Request) -> Reply
    private struct State {
        var connections: Set<Int32> = []
        var streams: [Int32] = []
        var requests: [Request] = []
        var isClosed = false
    }
    private let state = Mutex(State())

    /// - Parameter port: 0 for a free one.
    init(port: Int = 0, _ reply: @escaping @Sendable (Request) -> Reply) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard bound else { throw Trouble(code: errno) }
        self.listener = listener
        self.port = Int(in_port_t(bigEndian: address.sin_port))
        self.reply = reply
        Self.thread { [weak self, listener] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else { return }
                Self.thread { self.serve(connection) }
            }
        }
    }

    struct Trouble: Error { var code: Int32 }

    deinit { close() }

    /// Stops as a master that is killed does: every connection ends at once.
    func close() {
        let connections = state.withLock { state -> Set<Int32> in
            guard !state.isClosed else { return [] }
            state.isClosed = true
            // Closed under the lock, so that no number is used again while somebody shuts it down.
            shutdown(listener, Int32(SHUT_RDWR))
            Glibc.close(listener)
            return state.connections
        }
        for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// The paths that were asked for.
    var paths: [String] { state.withLock { $0.requests.map(\.path) } }

    /// Sends more to every open stream.
    func push(_ text: String) {
        for connection in state.withLock({ $0.streams }) { Self.send(connection, Self.chunk(text)) }
    }

    private func serve(_ connection: Int32) {
        let isOpen = state.withLock { state in
            if !state.isClosed { state.connections.insert(connection) }
            return !state.isClosed
        }
        defer {
            state.withLock { state in
                state.connections.remove(connection)
                state.streams.removeAll { $0 == connection }
                Glibc.close(connection)
            }
        }
        guard isOpen else { return }
        while let request = Self.read(connection) {
            state.withLock { $0.requests.append(request) }
            switch reply(request) {
            case .whole(let status, let headers, let body):
                let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)"] + headers
                Self.send(connection, lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
            case .stream(let text):
                Self.send(connection, Self.chunkedHead + Self.chunk(text))
                state.withLock { $0.streams.append(connection) }
            case .closedStream(let text):
                Self.send(connection, Self.chunkedHead + Self.chunk(text) + "0\r\n\r\n")
            case .raw(let text):
                Self.send(connection, text)
                return
            case .silence: break
            }
        }
    }

    private static let chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    private static func chunk(_ text: String) -> String {
        "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n"
    }

    /// The next request's head and body; nil at the end.
    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.firstRange(of: "\r\n\r\n") {
                let head = text[..<end.lowerBound].split(separator: "\r\n")
                let length =
                    head.compactMap { line -> Int? in
                        let parts = line.split(separator: ":", maxSplits: 1)
                        guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
                        return Int(parts[1].drop { $0 == " " })
                    }.first ?? 0
                let words = head.first?.split(separator: " ") ?? []
                if text[end.upperBound...].utf8.count >= length, words.count == 3 {
                    return Request(method: String(words[0]), path: String(words[1]))
                }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }

    private static func send(_ connection: Int32, _ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        final class Box: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, Unmanaged.passRetained(Box(body)).toOpaque())
        pthread_detach(thread)
    }
}
