import CSystemd
import Glibc
import Synchronization

/// Sends entries to the journal without ever waiting longer than a tenth of a second, and that only once in a
/// row: while the journal does not read, further entries are refused at once.
public final class JournalSocket: Sendable {
    /// Where systemd-journald listens.
    public static let standardPath = "/run/systemd/journal/socket"

    private struct State: Sendable {
        /// -1 until the first entry, and after the socket could not be made.
        var descriptor: Int32 = -1
        var isStuck = false
    }

    private let path: String
    private let attempts: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - path: the journal's datagram socket.
    ///   - attempts: how often an entry is offered, 2 ms apart, to a journal that is behind.
    public init(path: String = JournalSocket.standardPath, attempts: Int = 50) {
        self.path = path
        self.attempts = attempts
    }

    /// Makes the socket now, for a process that will not be allowed to. If that fails, the next entry tells.
    func open() {
        state.withLock { state in
            if state.descriptor < 0 { state.descriptor = csystemd_journal_open() }
        }
    }

    deinit {
        state.withLock { state in
            if state.descriptor >= 0 { close(state.descriptor) }
        }
    }

    /// Hands the entry to the journal. It is in the journal's queue then, and survives a crash of this process.
    public func send(_ entry: JournalEntry) throws(JournalError) {
        let bytes = entry.encoded
        let code = state.withLock { state in
            if state.descriptor < 0 { state.descriptor = csystemd_journal_open() }
            guard state.descriptor >= 0 else { return state.descriptor }
            var code = csystemd_journal_send(state.descriptor, path, bytes, bytes.count)
            var left = state.isStuck ? 0 : attempts
            while Self.isBehind(code), left > 0 {
                usleep(2000)
                left -= 1
                code = csystemd_journal_send(state.descriptor, path, bytes, bytes.count)
            }
            state.isStuck = Self.isBehind(code)
            return code
        }
        if code < 0 { throw JournalError(path: path, code: -code) }
    }

    private static func isBehind(_ code: Int32) -> Bool { code == -EAGAIN || code == -ENOBUFS }
}

/// The journal did not take an entry.
public struct JournalError: Error, Equatable, CustomStringConvertible {
    /// The socket that was written to.
    public var path: String
    /// The errno of the attempt: `EAGAIN` when the journal is behind, `ENOENT` when there is none.
    public var code: Int32

    /// The journal is there and would take another entry, but not this one.
    public var isAboutEntry: Bool { [EMSGSIZE, EINVAL, E2BIG].contains(code) }

    /// What was attempted, and what came back.
    public var description: String {
        let reason = code == EAGAIN ? "it does not read its queue" : String(cString: strerror(code))
        return "cannot send an entry to the journal at \(path): \(reason)"
    }
}
