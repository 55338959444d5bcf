import Glibc

/// Files of the sandbox, written so that a crash at any moment leaves the old or the new content.
enum SandboxFile {
    /// nil when there is no such file.
    static func read(_ path: String) throws(SandboxError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw SandboxError("cannot read \(path)", errno)
        }
        defer { close(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SandboxError("cannot read \(path)", errno) }
            if count == 0 { return content }
            content += buffer.prefix(count)
        }
    }

    /// Writes a file beside it, and puts that in its place; both file and folder are on the disk afterwards.
    static func replace(_ path: String, in folder: String, with content: [UInt8], mode: mode_t) throws(SandboxError) {
        let fresh = "\(path).new"
        // Never into a file that somebody else has made, who could then read it.
        unlink(fresh)
        let file = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else { throw SandboxError("cannot write \(fresh)", errno) }
        try write(content, to: file, fresh)
        guard rename(fresh, path) == 0 else { throw SandboxError("cannot rename \(fresh)", errno) }
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw SandboxError("cannot open \(folder)", errno) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw SandboxError("cannot write \(folder)", errno) }
    }

    /// Writes, syncs and closes.
    private static func write(_ content: [UInt8], to file: Int32, _ path: String) throws(SandboxError) {
        defer { close(file) }
        var rest = content[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SandboxError("cannot write \(path)", errno) }
            rest = rest.dropFirst(count)
        }
        guard fsync(file) == 0 else { throw SandboxError("cannot write \(path)", errno) }
    }

    static func remove(_ path: String) {
        unlink(path)
    }
}

/// What went wrong with a file of the sandbox.
struct SandboxError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    init(_ attempt: String, _ code: Int32) {
        description = "\(attempt): \(String(cString: strerror(code)))"
    }
}
