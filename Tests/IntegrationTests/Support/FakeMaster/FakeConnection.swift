import Foundation
import Glibc

/// One connection of a `FakeMaster`. Blocks, but never for longer than it takes to see that the server was stopped.
final class FakeConnection {
    private let descriptor: Int32
    private let stopped: () -> Bool
    private var buffer = Data()

    init(_ descriptor: Int32, stopped: @escaping () -> Bool) {
        self.descriptor = descriptor
        self.stopped = stopped
    }

    func close() {
        _ = Glibc.close(descriptor)
    }

    /// The next request; nil when the other side closes, sends something else than a request, or the server stops.
    func readRequest() -> FakeMaster.Request? {
        let mark = Data("\r\n\r\n".utf8)
        var headEnd = buffer.range(of: mark)
        while headEnd == nil {
            guard receive() else { return nil }
            headEnd = buffer.range(of: mark)
        }
        guard let headEnd else { return nil }
        let head = String(decoding: buffer[..<headEnd.lowerBound], as: UTF8.self)
        buffer = Data(buffer[headEnd.upperBound...])
        var lines = head.components(separatedBy: "\r\n")
        let words = lines.removeFirst().split(separator: " ")
        guard words.count == 3 else { return nil }

        let expects = lines.contains { $0.lowercased() == "expect: 100-continue" }
        if expects, !send(Data("HTTP/1.1 100 Continue\r\n\r\n".utf8)) { return nil }
        let length =
            lines.lazy.filter { $0.lowercased().hasPrefix("content-length:") }
            .compactMap { Int($0.dropFirst("content-length:".count).trimmingCharacters(in: .whitespaces)) }.first ?? 0
        while buffer.count < length {
            guard receive() else { return nil }
        }
        let body = Data(buffer.prefix(length))
        buffer = Data(buffer.dropFirst(length))
        return FakeMaster.Request(
            method: String(words[0]), target: String(words[1]), headers: lines, body: body)
    }

    /// Sends the answer and ends it as it says; true if the next request may come.
    func carryOut(_ answer: FakeAnswer) -> Bool {
        guard send(answer.bytes) else { return false }
        switch answer.ending {
        case .keepOpen:
            return true
        case .close:
            return false
        case .reset:
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
            return false
        case .stall:
            while receive() {}
            return false
        case .endless(let piece):
            while send(piece) {}
            return false
        case .follow(let feed):
            follow(feed)
            return false
        }
    }

    private func follow(_ feed: FakeFeed) {
        var sent = 0
        while !stopped(), !otherSideIsGone() {
            let (pieces, finished) = feed.pieces(from: sent)
            for piece in pieces {
                guard send(piece) else { return }
            }
            sent += pieces.count
            if finished { return }
            wait(for: POLLIN, milliseconds: 5)
        }
    }

    /// Reads what is there into the buffer, waiting for it; false at the end of the connection.
    private func receive() -> Bool {
        while !stopped() {
            guard wait(for: POLLIN, milliseconds: 50) else { continue }
            var bytes = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { return false }
            buffer.append(contentsOf: bytes[..<count])
            return true
        }
        return false
    }

    private func send(_ data: Data) -> Bool {
        var rest = data[...]
        while !rest.isEmpty {
            guard !stopped() else { return false }
            guard wait(for: POLLOUT, milliseconds: 50) else { continue }
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func otherSideIsGone() -> Bool {
        guard wait(for: POLLIN, milliseconds: 0) else { return false }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) == 0
    }

    @discardableResult
    private func wait(for event: Int32, milliseconds: Int32) -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        return poll(&waiting, 1, milliseconds) > 0
    }
}
