import Foundation
import Glibc
import Synchronization

/// Plays systemd's side of `sd_notify`: an abstract unix datagram socket and what has been sent to it.
final class NotifySocket: Sendable {
    /// For `$NOTIFY_SOCKET`.
    let name: String
    private let descriptor: Int32
    private let state = Mutex(State())

    private struct State {
        var messages: [String] = []
        var closed = false
    }

    init() throws {
        let plain = "complainer-test-\(UUID().uuidString)"
        name = "@\(plain)"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { throw HarnessError("socket: errno \(errno)") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // An abstract name starts with a zero byte and has no end mark.
        withUnsafeMutableBytes(of: &address.sun_path) { $0[1...].copyBytes(from: plain.utf8) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + 1 + plain.utf8.count)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard bound == 0 else {
            close(descriptor)
            throw HarnessError("bind \(name): errno \(errno)")
        }
        // Always read at once: the kernel queues only a few datagrams, then it blocks the sender.
        Thread.detachNewThread { [self] in receive() }
    }

    /// Every assignment received, in order: `READY=1`, `STATUS=…`, `WATCHDOG=1` …
    var assignments: [String] {
        state.withLock { $0.messages }.flatMap { $0.split(separator: "\n").map(String.init) }
    }

    /// The texts of the STATUS assignments, in order.
    var statuses: [String] {
        assignments.filter { $0.hasPrefix("STATUS=") }.map { String($0.dropFirst("STATUS=".count)) }
    }

    /// Stops listening. Senders get an error from now on.
    func stop() {
        state.withLock { $0.closed = true }
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while !state.withLock({ $0.closed }) {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 100) > 0 else { continue }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { continue }
            let message = String(decoding: buffer[..<count], as: UTF8.self)
            state.withLock { $0.messages.append(message) }
        }
        close(descriptor)
    }
}
