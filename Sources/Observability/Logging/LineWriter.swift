import Glibc
import Synchronization

/// Writes whole lines to a descriptor, each with one write(2), and does not let a stuck reader stop the program.
///
/// When nobody reads, the first line waits up to `patience`; that one and those that follow are counted as lost
/// until there is room again, and then a line says how many they were.
final class LineWriter: Sendable {
    private struct State: Sendable {
        var lost = 0
        var isStuck = false
        /// The last line was written only in part; the next one must not be glued to it.
        var isTorn = false
    }

    private let descriptor: Int32
    /// The journal's streams are sockets; pipes, files and terminals are not.
    let isSocket: Bool
    private let patience: Int32
    private let state = Mutex(State())

    /// - Parameters:
    ///   - descriptor: stays open as long as this writer lives; not closed by it.
    ///   - patience: the longest wait for room, in milliseconds.
    init(descriptor: Int32, patience: Int32 = 250) {
        self.descriptor = descriptor
        self.patience = patience
        var status = stat()
        isSocket = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    /// - Parameters:
    ///   - line: ends with a newline.
    ///   - lostNote: the line that tells how many were lost before this one.
    func write(_ line: [UInt8], lostNote: (Int) -> [UInt8]) {
        state.withLock { state in
            var bytes = line
            if state.lost > 0 { bytes = lostNote(state.lost) + bytes }
            if state.isTorn { bytes.insert(UInt8(ascii: "\n"), at: 0) }
            let written = put(bytes, patience: state.isStuck ? 0 : patience)
            if written == bytes.count {
                state = State()
            } else {
                state.lost += 1
                state.isStuck = true
                state.isTorn = state.isTorn || written > 0
            }
        }
    }

    /// How many bytes went out.
    private func put(_ bytes: [UInt8], patience: Int32) -> Int {
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        var done = 0
        while done < bytes.count {
            guard hasRoom(patience) else { break }
            let count = bytes[done...].withUnsafeBytes { rest in
                isSocket
                    ? send(
                        descriptor, rest.baseAddress, rest.count, flags)
                    : Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            if count > 0 {
                done += count
            } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
                break
            } else if patience == 0 {
                break
            }
        }
        return done
    }

    private func hasRoom(_ patience: Int32) -> Bool {
        var query = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let answer = poll(&query, 1, patience)
        // An error of poll itself (EINTR) is no reason to lose a line: the write will tell.
        return answer != 0
    }
}
