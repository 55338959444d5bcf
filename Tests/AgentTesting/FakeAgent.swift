import Foundation
import Glibc
import Synchronization

/// What answers like a Mesos agent on 127.0.0.1: `/flags`, `/state`, `/files/read` and `/files/download`, as far as the
/// uploader asks for them, with files out of memory, and with whatever faults a test wants. A real agent hangs, lies and
/// breaks too rarely.
public final class FakeAgent: Sendable {
    /// What happens instead of an answer, or to it.
    public enum Fault: Sendable {
        /// Nothing, until the test ends.
        case hang
        /// The connection is closed after so many bytes of the body.
        case cut(after: Int)
        /// Nothing more after so many bytes of the body.
        case stall(after: Int)
        case status(Int)
    }

    public typealias Behaviour = @Sendable (_ number: Int, _ request: String) -> Fault?

    public let port: Int
    private let listener: Int32
    private let state: Mutex<State>
    private let behaviour: Behaviour

    private struct State {
        var files: [String: FakeFile] = [:]
        var requests: [String] = []
        var document = "{}"
        var connections: Set<Int32> = []
        var isStopped = false
    }

    /// - Parameter behaviour: the fault for a request (its number from 0, method and target), nil for none.
    public init(_ files: [String: FakeFile] = [:], behaviour: @escaping Behaviour = { _, _ in nil }) throws {
        self.behaviour = behaviour
        state = Mutex(State(files: files))
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound, listen(listener, 256) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in
            while case let connection = accept(descriptor, nil, nil), connection >= 0 {
                guard state.withLock({ $0.isStopped ? false : $0.connections.insert(connection).inserted }) else {
                    close(connection)
                    continue
                }
                Thread.detachNewThread { [self] in
                    serve(connection)
                    state.withLock { state in
                        state.connections.remove(connection)
                        close(connection)
                    }
                }
            }
            close(descriptor)
        }
    }

    /// What was asked, in order: `GET /flags`.
    public var requests: [String] { state.withLock { $0.requests } }

    public func change(_ path: String, to file: FakeFile?) {
        state.withLock { $0.files[path] = file }
    }

    /// The answer to `/state`.
    public func show(state document: String) {
        state.withLock { $0.document = document }
    }

    /// A `/state` of more than 60 MB: thousands of executors of framework `F` that run, and behind them those that ended.
    ///
    /// - Parameter completed: the latter, as JSON.
    public static func largeState(completed: String) -> String {
        let labels = (0..<40).map { #"{"key":"label-\#($0)","value":"\#(String(repeating: "v", count: 200))"}"# }
        let others = (0..<7000).map { number in
            #"{"id":"x.\#(number)","container":"x\#(number)","directory":"/mesos/x\#(number)","tasks":["#
                + #"{"id":"x.\#(number)","labels":[\#(labels.joined(separator: ","))]}]}"#
        }
        return """
            {"frameworks":[{"id":"F","executors":[\(others.joined(separator: ","))],"completed_executors":[\(completed)]}],
            "completed_frameworks":[]}
            """
    }

    /// How long the answer to `/state` is.
    public var stateBytes: Int { state.withLock { $0.document.utf8.count } }

    /// Refuses connections from now on and breaks those there are.
    public func stop() {
        state.withLock { state in
            // Once: the number may be another's by then.
            guard !state.isStopped else { return }
            state.isStopped = true
            for connection in state.connections { Glibc.shutdown(connection, Int32(SHUT_RDWR)) }
            Glibc.shutdown(listener, Int32(SHUT_RDWR))
        }
    }

    deinit {
        stop()
    }

    // MARK: Answers

    private func serve(_ connection: Int32) {
        var input: [UInt8] = []
        while let target = request(connection, &input) {
            let number = state.withLock { state in
                state.requests.append("GET \(target)")
                return state.requests.count - 1
            }
            let fault = behaviour(number, "GET \(target)")
            switch fault {
            case .hang?: return wait(connection)
            case .status(let status)?:
                guard send(connection, head(status, length: 0)) else { return }
                continue
            case .cut?, .stall?, nil: break
            }
            let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
            let query = parts.count > 1 ? Self.query(parts[1]) : [:]
            let file = state.withLock { $0.files[query["path"] ?? ""] }
            switch parts.first {
            case "/flags": guard send(connection, text: #"{"flags":{"work_dir":"/mesos"}}"#) else { return }
            case "/state": guard send(connection, text: state.withLock { $0.document }) else { return }
            case "/files/read":
                guard let file else {
                    guard send(connection, head(404, length: 0)) else { return }
                    continue
                }
                let offset = query["offset"].flatMap { Int64($0) } ?? 0
                let length = min(query["length"].flatMap { Int($0) } ?? 65_536, 65_536)
                let body =
                    offset < 0
                    ? Array("{\"data\":\"\",\"offset\":\(file.size)}".utf8)
                    : Array("{\"data\":\"".utf8) + Self.escaped(file.bytes(offset, length))
                        + Array("\",\"offset\":\(offset)}".utf8)
                guard send(connection, head(200, length: Int64(body.count)) + body) else { return }
            case "/files/download":
                guard let file else {
                    guard send(connection, head(404, length: 0)) else { return }
                    continue
                }
                guard download(connection, file, fault) else { return }
            default: guard send(connection, head(404, length: 0)) else { return }
            }
        }
    }

    private func download(_ connection: Int32, _ file: FakeFile, _ fault: Fault?) -> Bool {
        guard send(connection, head(200, length: file.size)) else { return false }
        var offset: Int64 = 0
        var limit = file.size
        if case .cut(let bytes)? = fault { limit = min(limit, Int64(bytes)) }
        if case .stall(let bytes)? = fault { limit = min(limit, Int64(bytes)) }
        while offset < limit {
            let chunk = file.bytes(offset, Int(min(1 << 20, limit - offset)))
            guard !chunk.isEmpty, send(connection, chunk) else { return false }
            offset += Int64(chunk.count)
        }
        switch fault {
        case .cut?: return false
        case .stall?:
            wait(connection)
            return false
        default: return true
        }
    }

    private func head(_ status: Int, length: Int64) -> [UInt8] {
        Array("HTTP/1.1 \(status) Text\r\nContent-Length: \(length)\r\n\r\n".utf8)
    }

    private func send(_ connection: Int32, text: String) -> Bool {
        send(connection, head(200, length: Int64(text.utf8.count)) + Array(text.utf8))
    }

    private func send(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(connection, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Until the other side, or the test, closes.
    private func wait(_ connection: Int32) {
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) > 0 {}
    }

    // MARK: Requests

    /// The target of the next request.
    private func request(_ connection: Int32, _ input: inout [UInt8]) -> String? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let range = input.firstRange(of: end) {
                let words = String(decoding: input[..<range.lowerBound], as: UTF8.self).split(separator: " ")
                input.removeFirst(range.upperBound)
                return words.count > 1 ? String(words[1]) : nil
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            input += buffer[..<count]
        }
    }

    private static func query(_ text: String) -> [String: String] {
        var values: [String: String] = [:]
        for part in text.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            if pair.count == 2 { values[pair[0]] = pair[1].removingPercentEncoding }
        }
        return values
    }

    /// As a real agent does it: what JSON forbids is escaped, everything else stays as it is, UTF-8 or not.
    private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 4)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): result += Array("\\n".utf8)
            case 0..<0x20:
                let digits = Array("0123456789ABCDEF".utf8)
                result += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: result.append(byte)
            }
        }
        return result
    }
}
