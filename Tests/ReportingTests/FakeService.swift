import Foundation
import Glibc
import Synchronization

/// A service for tests on a free port of 127.0.0.1: it records what it is sent, byte for byte, and answers by a script,
/// one entry for each request, the last of which is used for all that follow; or as it is told by a function.
final class FakeService: Sendable {
    enum Answer: Sendable {
        case status(Int, [String] = [], String = "")
        /// A whole response, byte for byte, after which the connection is closed.
        case raw(String)
        /// Closes the connection without a word.
        case close
        /// Says nothing until the client gives up.
        case silence
    }

    struct Request: Sendable {
        var head: [String]
        var body: [UInt8]

        var line: String { head.first ?? "" }
        var text: String { String(decoding: body, as: UTF8.self) }

        func header(_ name: String) -> String? {
            let prefix = name.lowercased() + ": "
            return head.dropFirst().first { $0.lowercased().hasPrefix(prefix) }.map {
                String($0.dropFirst(prefix.count))
            }
        }
    }

    typealias Responder = @Sendable (Request) -> Answer

    private struct State {
        var script: [Answer] = []
        var requests: [Request] = []
        var descriptors: Set<Int32> = []
        var connections = 0
    }

    let port: Int
    private let listener: Int32
    private let state: Mutex<State>
    private let respond: Responder?

    convenience init(_ script: Answer...) throws {
        try self.init(State(script: script), nil)
    }

    convenience init(respond: @escaping Responder) throws {
        try self.init(State(), respond)
    }

    private init(_ begin: State, _ respond: Responder?) throws {
        state = Mutex(begin)
        self.respond = respond
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        port = try Self.bind(listener)
        Thread.detachNewThread { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { break }
                state.withLock { state in
                    state.descriptors.insert(descriptor)
                    state.connections += 1
                }
                Thread.detachNewThread { [self] in serve(descriptor) }
            }
            Glibc.close(listener)
        }
    }

    /// A port where nobody listens.
    static func closedPort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(descriptor) }
        return try bind(descriptor, listening: false)
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { state.withLock { $0.requests } }

    /// Connections accepted so far.
    var connectionCount: Int { state.withLock { $0.connections } }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        state.withLock { state in
            for descriptor in state.descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private static func bind(_ descriptor: Int32, listening: Bool = true) throws -> Int {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutableBytes(of: &address) { bytes -> Int? in
            guard let base = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                Glibc.bind(descriptor, base, size) == 0, getsockname(descriptor, base, &size) == 0
            else { return nil }
            return Int(UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self)))
        }
        guard let port, !listening || listen(descriptor, 64) == 0 else { throw POSIXError(.EADDRINUSE) }
        return port
    }

    private func serve(_ descriptor: Int32) {
        defer {
            state.withLock { state in
                state.descriptors.remove(descriptor)
                Glibc.close(descriptor)
            }
        }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var input: [UInt8] = []
        while let request = read(&input, descriptor) {
            let scripted = state.withLock { state in
                state.requests.append(request)
                return state.script.count > 1 ? state.script.removeFirst() : state.script.first ?? .close
            }
            let answer = respond?(request) ?? scripted
            switch answer {
            case .status(let status, let headers, let body):
                let head = ["HTTP/1.1 \(status) Text", "Content-Length: \(body.utf8.count)"] + headers
                guard write(head.joined(separator: "\r\n") + "\r\n\r\n" + body, descriptor) else { return }
            case .raw(let text):
                _ = write(text, descriptor)
                return
            case .close: return
            case .silence:
                while fill(&input, descriptor) {}
                return
            }
        }
    }

    private func read(_ input: inout [UInt8], _ descriptor: Int32) -> Request? {
        let end = Array("\r\n\r\n".utf8)
        while input.firstRange(of: end) == nil { guard fill(&input, descriptor) else { return nil } }
        guard let range = input.firstRange(of: end) else { return nil }
        let head = String(decoding: input[..<range.lowerBound], as: UTF8.self)
        var request = Request(head: head.components(separatedBy: "\r\n"), body: [])
        input.removeFirst(range.upperBound)
        let length = request.header("Content-Length").flatMap { Int($0) } ?? 0
        while input.count < length { guard fill(&input, descriptor) else { return nil } }
        request.body = Array(input.prefix(length))
        input.removeFirst(length)
        return request
    }

    private func fill(_ input: inout [UInt8], _ descriptor: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        input += buffer[..<count]
        return true
    }

    private func write(_ text: String, _ descriptor: Int32) -> Bool {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }
}
