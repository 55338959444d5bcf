import Glibc
import Synchronization

/// A request as it came over the wire.
struct ServerRequest: Sendable {
    var line: String
    var headers: [String]
    var body: [UInt8] = []

    /// Of the first header with that name, whatever its case.
    func header(_ name: String) -> String? {
        headers.first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
            .map { String($0.dropFirst(name.count + 1)).trimmingSpaces() }
    }

    var path: String { line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
    var text: String { String(decoding: body, as: UTF8.self) }
}

extension String {
    fileprivate func trimmingSpaces() -> String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " || $0 == "\r" }.reversed())
    }
}

/// The server's end of one connection. Only its script's thread reads and writes; tests look at what it counts.
final class ServerConnection: Sendable {
    private struct State {
        var descriptor: Int32
        var input: [UInt8] = []
        var requests: [ServerRequest] = []
        var sent: Int64 = 0
        var sawClose = false
        var notes: [String] = []
    }

    private let descriptor: Int32
    private let state: Mutex<State>

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        // Whatever a test does wrong, its threads end.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        state = Mutex(State(descriptor: descriptor))
    }

    var requests: [ServerRequest] { state.withLock { $0.requests } }
    /// Bytes the kernel has taken.
    var sent: Int64 { state.withLock { $0.sent } }
    /// The client closed or reset the connection.
    var sawClose: Bool { state.withLock { $0.sawClose } }
    var notes: [String] { state.withLock { $0.notes } }

    func note(_ text: String) {
        state.withLock { $0.notes.append(text) }
    }

    // MARK: Reading

    /// The next request with its body; nil when the client closed.
    func request() throws -> ServerRequest? {
        guard var request = try head() else { return nil }
        if request.header("Transfer-Encoding") == "chunked" {
            while let size = try line().flatMap({ Int($0, radix: 16) }) {
                request.body += try bytes(size)
                _ = try line()
                if size == 0 { break }
            }
        } else if let length = request.header("Content-Length").flatMap({ Int($0) }) {
            request.body = try bytes(length)
        }
        state.withLock { [request] in $0.requests[$0.requests.count - 1] = request }
        return request
    }

    /// The next request's head; its body stays to be read.
    func head() throws -> ServerRequest? {
        guard let first = try line() else { return nil }
        var request = ServerRequest(line: first, headers: [])
        while let next = try line(), !next.isEmpty { request.headers.append(next) }
        state.withLock { [request] in $0.requests.append(request) }
        return request
    }

    func bytes(_ count: Int) throws -> [UInt8] {
        while state.withLock({ $0.input.count }) < count {
            guard try fill() else { throw ServerFailure("closed in the middle") }
        }
        return state.withLock { state in
            defer { state.input.removeFirst(count) }
            return Array(state.input.prefix(count))
        }
    }

    /// The length of a chunked body, which is not kept.
    func chunkedCount() throws -> Int {
        var count = 0
        while let size = try line().flatMap({ Int($0, radix: 16) }) {
            count += try bytes(size).count
            _ = try line()
            if size == 0 { break }
        }
        return count
    }

    /// Blocks until the client closes; whatever comes before is dropped.
    func waitForClose() throws {
        while try fill() { state.withLock { $0.input = [] } }
    }

    /// Whether the client has neither closed nor reset the connection; reads nothing.
    func peerIsThere() -> Bool {
        let peerClosed: Int16 = 0x2000  // POLLRDHUP
        var event = pollfd(fd: descriptor, events: peerClosed, revents: 0)
        return poll(&event, 1, 0) == 0
    }

    private func line() throws -> String? {
        while true {
            let line: String? = state.withLock { state in
                guard let end = state.input.firstIndex(of: 10) else { return nil }
                defer { state.input.removeFirst(end + 1) }
                var line = state.input[..<end]
                if line.last == 13 { line.removeLast() }
                return String(decoding: line, as: UTF8.self)
            }
            if let line { return line }
            guard try fill() else { return nil }
        }
    }

    private func fill() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count == 0 || count < 0 && errno == ECONNRESET {
            state.withLock { $0.sawClose = true }
            return false
        }
        guard count > 0 else { throw ServerFailure("recv") }
        state.withLock { $0.input += buffer[..<count] }
        return true
    }

    // MARK: Writing

    func write(_ text: String) throws {
        try write(Array(text.utf8))
    }

    func write(_ bytes: [UInt8]) throws {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress?.advanced(by: offset), bytes.count - offset, Int32(MSG_NOSIGNAL)
                )
            }
            guard count > 0 else {
                if errno == EPIPE || errno == ECONNRESET { state.withLock { $0.sawClose = true } }
                throw ServerFailure("send")
            }
            offset += count
            state.withLock { $0.sent += Int64(count) }
        }
    }

    /// A response with a length.
    func respond(_ status: Int = 200, headers: [String] = [], body: String = "") throws {
        let lines = ["HTTP/1.1 \(status) Text", "Content-Length: \(body.utf8.count)"] + headers
        try write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Answers each request of the connection until the client closes it.
    func serve(_ answer: (ServerRequest) throws -> Void) throws {
        while let request = try request() { try answer(request) }
    }

    // MARK: Ending

    /// An orderly end.
    func close() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            Glibc.close(state.descriptor)
            state.descriptor = -1
        }
    }

    /// Ends it with a reset.
    func reset() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                state.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
            Glibc.close(state.descriptor)
            state.descriptor = -1
        }
    }

    /// From another thread: makes the script's calls fail, so that it ends and closes.
    func abort() {
        state.withLock { state in
            if state.descriptor >= 0 { Glibc.shutdown(state.descriptor, Int32(SHUT_RDWR)) }
        }
    }
}
