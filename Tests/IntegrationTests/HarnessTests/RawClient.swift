import Foundation
import Glibc
import Synchronization

/// A TCP client that looks at bare bytes. It reads only when asked to, and never blocks.
final class RawClient: Sendable {
    private let descriptor: Int32
    private let state = Mutex(State())

    private struct State {
        var bytes: [UInt8] = []
        var ended = false
    }

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard Loopback.connect(descriptor, to: port) else {
            let failure = errno
            close(descriptor)
            throw HarnessError("cannot connect to port \(port): errno \(failure)")
        }
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Everything that has come so far.
    var received: String {
        drain()
        return state.withLock { String(decoding: $0.bytes, as: UTF8.self) }
    }

    /// The server has closed or reset the connection.
    var hasEnded: Bool {
        drain()
        return state.withLock { $0.ended }
    }

    /// Waits until what has come satisfies `enough`.
    @discardableResult
    func read(until enough: (String) -> Bool) async throws -> String {
        try await waitFor("bytes") {
            let all = received
            return enough(all) ? all : nil
        }
    }

    func readToEnd() async throws -> String {
        try await waitUntil("the end of the connection") { hasEnded }
        return received
    }

    private func drain() {
        state.withLock { state in
            var buffer = [UInt8](repeating: 0, count: 1 << 18)
            while !state.ended {
                let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                if count > 0 {
                    state.bytes += buffer[..<count]
                    if state.bytes.count > 4 << 20 { return }
                } else if count < 0, errno == EAGAIN || errno == EINTR {
                    return
                } else {
                    state.ended = true
                }
            }
        }
    }
}
