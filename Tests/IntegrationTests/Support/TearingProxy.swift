import Foundation
import Glibc
import Synchronization

/// A TCP relay on 127.0.0.1 that breaks connections at random points, refuses them, slows them down, or lets them hang.
final class TearingProxy: Sendable {
    /// What happens to the connections that come from now on.
    enum Mood: Sendable, Equatable {
        case calm
        /// Every connection breaks after a random number of bytes, both directions together: so many of a hundred within
        /// a few, the others later.
        case tearing(percent: Int, within: Int, othersWithin: Int)
        /// Connections are taken, and nothing comes.
        case hanging
        /// What is asked arrives, and no answer comes.
        case mute
        /// Each connection carries no more than so many bytes a second, in each direction.
        case slow(bytesPerSecond: Int)
        case refusing
    }

    let port: Int
    private let target: Int
    private let listener: Int32
    private let mood: Mutex<Mood>
    private let torn = Mutex(0)
    private let relayed = Mutex<Int64>(0)

    init(to target: Int, _ mood: Mood = .calm) throws {
        self.target = target
        self.mood = Mutex(mood)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard Loopback.bind(listener, to: 0), listen(listener, 256) == 0 else {
            throw HarnessError("no port for a proxy: errno \(errno)")
        }
        port = Loopback.port(of: listener)
        let descriptor = listener
        Thread.detachNewThread { [self] in
            while case let client = accept(descriptor, nil, nil), client >= 0 { take(client) }
            close(descriptor)
        }
    }

    /// Connections that were broken so far.
    var tornConnections: Int { torn.withLock { $0 } }

    /// Bytes that went through so far, in both directions together.
    var relayedBytes: Int64 { relayed.withLock { $0 } }

    func set(_ mood: Mood) {
        self.mood.withLock { $0 = mood }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func take(_ client: Int32) {
        let mood = mood.withLock { $0 }
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard mood != .refusing, Loopback.connect(server, to: target) else {
            reset(client)
            close(server)
            return
        }
        var limit = Int.max
        if case .tearing(let percent, let within, let othersWithin) = mood {
            limit = Int.random(in: 0...(Int.random(in: 0..<100) < percent ? within : othersWithin))
        }
        let budget = Budget(limit)
        let ends = Ends(client, server)
        var pace: Int?
        if case .slow(let bytesPerSecond) = mood { pace = bytesPerSecond }
        let microsecondsPerMegabyte = pace.map { 1_000_000 * (1 << 20) / max(1, $0) }
        for (from, to) in [(client, server), (server, client)] {
            let isHanging = mood == .hanging || mood == .mute && from == server
            Thread.detachNewThread { [self] in
                relay(from, to, budget, isHanging: isHanging, microsecondsPerMegabyte)
                if budget.isSpent { torn.withLock { $0 += 1 } }
                ends.close(with: budget.isSpent)
            }
        }
    }

    private func relay(
        _ from: Int32, _ to: Int32, _ budget: Budget, isHanging: Bool, _ microsecondsPerMegabyte: Int?
    ) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(from, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            if isHanging { continue }
            let allowed = budget.take(count)
            var sent = 0
            while sent < allowed {
                let done = buffer.withUnsafeBytes {
                    send(to, $0.baseAddress.map { $0 + sent }, allowed - sent, Int32(MSG_NOSIGNAL))
                }
                guard done > 0 else { return }
                sent += done
            }
            relayed.withLock { $0 += Int64(allowed) }
            if allowed < count { return }
            if let microsecondsPerMegabyte { usleep(UInt32(count * microsecondsPerMegabyte >> 20)) }
        }
    }

    private func reset(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }

    private final class Budget: Sendable {
        private let left: Mutex<Int>

        init(_ bytes: Int) {
            left = Mutex(bytes)
        }

        func take(_ count: Int) -> Int {
            left.withLock { left in
                let taken = min(left, count)
                left -= taken
                return taken
            }
        }

        var isSpent: Bool { left.withLock { $0 == 0 } }
    }

    /// Both sockets of a connection, closed by whoever of the two relays ends last.
    private final class Ends: Sendable {
        private let descriptors: [Int32]
        private let users = Mutex(2)

        init(_ client: Int32, _ server: Int32) {
            descriptors = [client, server]
        }

        func close(with isTorn: Bool) {
            for descriptor in descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
            let isLast = users.withLock { users in
                users -= 1
                return users == 0
            }
            if isLast { for descriptor in descriptors { Glibc.close(descriptor) } }
        }
    }
}
