import Foundation
import Glibc
import Synchronization

/// A request as it came over the wire.
public struct ServedRequest: Sendable {
    /// The request line and the headers.
    public var head: [String]
    public var body: [UInt8]

    /// `POST /path?query HTTP/1.1`
    public var line: String { head.first ?? "" }
    public var method: String { word(0) }
    /// Path and query, as they came.
    public var target: String { word(1) }
    public var path: String { String(target.prefix { $0 != "?" }) }
    public var headers: ArraySlice<String> { head.dropFirst() }
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// Of the first header with that name, whatever its case.
    public func header(_ name: String) -> String? {
        let prefix = name.lowercased() + ":"
        return headers.first { $0.lowercased().hasPrefix(prefix) }
            .map { $0.dropFirst(prefix.count).trimmingCharacters(in: .whitespaces) }
    }

    private func word(_ index: Int) -> String {
        let words = line.split(separator: " ")
        return words.indices.contains(index) ? String(words[index]) : ""
    }
}

/// The server's end of one connection. Only the thread that serves it reads and writes.
public final class ServedConnection: Sendable {
    private struct State {
        var descriptor: Int32
        var input: [UInt8] = []
    }

    private let descriptor: Int32
    private let state: Mutex<State>

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        state = Mutex(State(descriptor: descriptor))
    }

    /// The next request with its body, as long as that has a `Content-Length`; nil when the other side closes, sends
    /// something else, or the server was stopped.
    public func nextRequest() -> ServedRequest? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            let head: String? = state.withLock { state in
                guard let range = state.input.firstRange(of: end) else { return nil }
                defer { state.input.removeFirst(range.upperBound) }
                return String(decoding: state.input[..<range.lowerBound], as: UTF8.self)
            }
            guard let head else {
                guard fill() else { return nil }
                continue
            }
            var request = ServedRequest(head: head.components(separatedBy: "\r\n"), body: [])
            guard request.line.split(separator: " ").count == 3 else { return nil }
            if request.header("Expect") == "100-continue", !send("HTTP/1.1 100 Continue\r\n\r\n") { return nil }
            let length = request.header("Content-Length").flatMap { Int($0) } ?? 0
            while state.withLock({ $0.input.count }) < length { guard fill() else { return nil } }
            request.body = state.withLock { state in
                defer { state.input.removeFirst(length) }
                return Array(state.input.prefix(length))
            }
            return request
        }
    }

    /// The next line without its end, for other protocols than HTTP; nil when the other side closes, or the server was
    /// stopped.
    public func nextLine() -> String? {
        while true {
            let line: String? = state.withLock { state in
                guard let end = state.input.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
                defer { state.input.removeFirst(end + 1) }
                let line = state.input[..<end]
                return String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
            }
            if let line { return line }
            guard fill() else { return nil }
        }
    }

    /// Drops what comes before this text; false when the other side closes without it.
    public func skip(to text: String) -> Bool {
        let wanted = Array(text.utf8)
        while true {
            let isThere = state.withLock { state in
                guard let range = state.input.firstRange(of: wanted) else { return false }
                state.input.removeFirst(range.lowerBound)
                return true
            }
            if isThere { return true }
            guard fill() else { return false }
        }
    }

    /// False when the other side does not take all of it.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(descriptor, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// A whole answer with its length.
    @discardableResult
    public func respond(_ status: Int, headers: [String] = [], body: [UInt8] = []) -> Bool {
        let head = ["HTTP/1.1 \(status) Text", "Content-Length: \(body.count)"] + headers
        return send(Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    }

    @discardableResult
    public func respond(_ status: Int, headers: [String] = [], _ text: String) -> Bool {
        respond(status, headers: headers, body: Array(text.utf8))
    }

    /// Until the other side closes or the server is stopped; whatever comes before is dropped.
    public func waitForClose() {
        while fill() { state.withLock { $0.input = [] } }
    }

    /// Waits so long for the end of the connection, which it tells.
    public func isClosed(within milliseconds: Int32) -> Bool {
        var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&event, 1, milliseconds) > 0 else { return false }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) == 0
    }

    /// The other side gets a reset instead of an orderly end.
    public func resetAtEnd() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }

    private func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0, errno == EINTR { return true }
        guard count > 0 else { return false }
        state.withLock { $0.input += buffer[..<count] }
        return true
    }

    func close() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            Glibc.close(state.descriptor)
            state.descriptor = -1
        }
    }

    /// From another thread: makes the calls of the one that serves it fail.
    func abort() {
        state.withLock { state in
            if state.descriptor >= 0 { shutdown(state.descriptor, Int32(SHUT_RDWR)) }
        }
    }
}
