import Foundation
import Synchronization
import TestTools

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

    public var port: Int { server.port }
    private let server: LoopbackServer
    private let state: Mutex<State>
    private let behaviour: Behaviour

    private struct State {
        var files: [String: FakeFile] = [:]
        var requests: [String] = []
        var document = "{}"
    }

    /// - Parameter behaviour: the fault for a request (its number from 0, method and target), nil for none.
    public init(_ files: [String: FakeFile] = [:], behaviour: @escaping Behaviour = { _, _ in nil }) throws {
        self.behaviour = behaviour
        state = Mutex(State(files: files))
        server = try LoopbackServer()
        server.start { [self] connection in serve(connection) }
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
    public func stop() { server.stop() }

    // MARK: Answers

    private func serve(_ connection: ServedConnection) {
        while let request = connection.nextRequest() {
            let target = request.target
            let number = state.withLock { state in
                state.requests.append("GET \(target)")
                return state.requests.count - 1
            }
            let fault = behaviour(number, "GET \(target)")
            switch fault {
            case .hang?: return connection.waitForClose()
            case .status(let status)?:
                guard connection.respond(status) else { return }
                continue
            case .cut?, .stall?, nil: break
            }
            let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
            let query = parts.count > 1 ? Self.query(parts[1]) : [:]
            let file = state.withLock { $0.files[query["path"] ?? ""] }
            switch parts.first {
            case "/flags": guard connection.respond(200, #"{"flags":{"work_dir":"/mesos"}}"#) else { return }
            case "/state": guard connection.respond(200, state.withLock { $0.document }) else { return }
            case "/files/read":
                guard let file else {
                    guard connection.respond(404) else { return }
                    continue
                }
                let offset = query["offset"].flatMap { Int64($0) } ?? 0
                let length = min(query["length"].flatMap { Int($0) } ?? 65_536, 65_536)
                let body =
                    offset < 0
                    ? Array("{\"data\":\"\",\"offset\":\(file.size)}".utf8)
                    : Array("{\"data\":\"".utf8) + Self.escaped(file.bytes(offset, length))
                        + Array("\",\"offset\":\(offset)}".utf8)
                guard connection.respond(200, body: body) else { return }
            case "/files/download":
                guard let file else {
                    guard connection.respond(404) else { return }
                    continue
                }
                guard download(connection, file, fault) else { return }
            default: guard connection.respond(404) else { return }
            }
        }
    }

    private func download(_ connection: ServedConnection, _ file: FakeFile, _ fault: Fault?) -> Bool {
        guard connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(file.size)\r\n\r\n") else { return false }
        var offset: Int64 = 0
        var limit = file.size
        if case .cut(let bytes)? = fault { limit = min(limit, Int64(bytes)) }
        if case .stall(let bytes)? = fault { limit = min(limit, Int64(bytes)) }
        while offset < limit {
            let chunk = file.bytes(offset, Int(min(1 << 20, limit - offset)))
            guard !chunk.isEmpty, connection.send(chunk) else { return false }
            offset += Int64(chunk.count)
        }
        switch fault {
        case .cut?: return false
        case .stall?:
            connection.waitForClose()
            return false
        default: return true
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
