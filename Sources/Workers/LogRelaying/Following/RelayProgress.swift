import DockerClient
import Glibc

/// How far the relay has come, in a small file of the sandbox: the next worker goes on there.
///
/// It is written in place after each batch and never synced: it has to outlive the worker, not the machine, with which
/// the container ends too.
struct RelayProgress: Sendable, Equatable {
    /// The container's whole id.
    var container: String
    var position: LogCursor.Position

    /// One line: the id, the entry's time, how many of that time, how many bytes of it.
    var line: [UInt8] {
        var line = Array(container.utf8)
        line.append(UInt8(ascii: " "))
        line += position.time
        line += " \(position.entries) \(position.bytes)\n".utf8
        return line
    }

    init(container: String, position: LogCursor.Position) {
        self.container = container
        self.position = position
    }

    /// nil when it is not such a line.
    init?(_ text: some Collection<UInt8>) {
        guard let end = text.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let words = text[..<end].split(separator: UInt8(ascii: " ")).map { Array($0) }
        guard words.count == 4, LogTime(rfc3339: words[1]) != nil,
            let entries = Int(String(decoding: words[2], as: UTF8.self)), entries > 0,
            let bytes = Int(String(decoding: words[3], as: UTF8.self)), bytes >= 0
        else { return nil }
        self.init(
            container: String(decoding: words[0], as: UTF8.self),
            position: LogCursor.Position(time: words[1], entries: entries, bytes: bytes))
    }
}

/// The file of ``RelayProgress``, open as long as this lives.
final class RelayProgressFile {
    private let path: String
    private let descriptor: Int32
    private var hasFailed = false

    /// - Throws: when it cannot be opened; the relay works without it, too.
    init(_ path: String) throws(RelayFileError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw RelayFileError("cannot open \(path)", errno) }
    }

    deinit {
        close(descriptor)
    }

    /// What the worker before this one wrote last.
    func load() -> RelayProgress? {
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        return RelayProgress(buffer.prefix(max(0, count)))
    }

    /// - Throws: once.
    func save(_ progress: RelayProgress) throws(RelayFileError) {
        // One write of less than a page: a process that is killed has done it, or has not.
        let line = progress.line
        let count = line.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count != line.count, !hasFailed else { return }
        hasFailed = true
        throw RelayFileError("cannot write \(path)", errno)
    }
}

/// A file of the relay in the sandbox cannot be used.
struct RelayFileError: Error, CustomStringConvertible {
    let description: String

    init(_ attempt: String, _ code: Int32) {
        description = "\(attempt): \(String(cString: strerror(code)))"
    }
}
