import FoundationEssentials
import Glibc

/// How log messages are written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// ``journal`` when stderr leads to the journal, else ``text``.
    case auto
    /// One readable line to stderr for each message.
    case text
    /// One JSON object a line to stderr.
    case json
    /// Structured fields to the journal's own socket.
    case journal

    /// ``auto`` decided: systemd sets `JOURNAL_STREAM` to the device and inode of the stream it connected, which
    /// is compared with those of `descriptor`, since the variable outlives a redirection (systemd.exec(5)).
    ///
    /// The supervisor decides once and tells its workers, whose environment is clean.
    public func resolved(
        environment: [String: String] = ProcessInfo.processInfo.environment, descriptor: Int32 = STDERR_FILENO
    ) -> LogFormat {
        guard self == .auto else { return self }
        return Self.isJournalStream(descriptor, environment) ? .journal : .text
    }

    static func isJournalStream(_ descriptor: Int32, _ environment: [String: String]) -> Bool {
        let parts = (environment["JOURNAL_STREAM"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else { return false }
        var status = stat()
        return fstat(descriptor, &status) == 0 && UInt64(status.st_dev) == device && UInt64(status.st_ino) == inode
    }
}
