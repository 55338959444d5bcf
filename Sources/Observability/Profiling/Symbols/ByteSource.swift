import Glibc

/// Bytes that are read at a place: a file, or in tests an array.
protocol ByteSource {
    /// At most `count` bytes from `offset` on; fewer at the end, none beyond it or when reading fails.
    func read(_ count: Int, at offset: UInt64) -> [UInt8]
}

extension ByteSource {
    /// Exactly `count` bytes, or nil.
    func readAll(_ count: Int, at offset: UInt64) -> [UInt8]? {
        let bytes = read(count, at: offset)
        return bytes.count == count ? bytes : nil
    }
}

/// A file, read and not mapped: one that shrinks meanwhile would end a process that has it mapped.
final class FileBytes: ByteSource {
    private let descriptor: Int32

    /// nil when it cannot be opened, or is no regular file.
    init?(_ path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func read(_ count: Int, at offset: UInt64) -> [UInt8] {
        guard count > 0, let start = off_t(exactly: offset) else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        var length = 0
        while length < count {
            let more = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress.map { $0 + length }, count - length, start + off_t(length))
            }
            if more < 0, errno == EINTR { continue }
            guard more > 0 else { break }
            length += more
        }
        bytes.removeSubrange(length...)
        return bytes
    }
}

/// Files of `/proc`, which tell no size.
enum ProcFile {
    /// Everything up to a bound that none of them comes near; nil when it cannot be read.
    static func text(_ path: String, limit: Int = 16 << 20) -> String? {
        bytes(path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
    }

    static func bytes(_ path: String, limit: Int = 16 << 20) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 32 * 1024)
        while all.count < limit {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { break }
            all += piece[..<count]
        }
        return all
    }
}
