import Glibc
import Supervision

/// Reads the small files that settings come from.
enum ConfigurationFiles {
    /// A configuration is a few kilobytes; more than this is a mistake, `/dev/zero` for example.
    private static let limit = 1 << 20

    /// The file's bytes; nil when there is no such file.
    ///
    /// - Throws: ``SystemError`` when it is there and cannot be read, or is too long.
    static func read(_ path: String) throws -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw SystemError(path, errno)
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count == 0 { return content }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw SystemError(path, errno)
            }
            content += piece.prefix(count)
            guard content.count <= limit else { throw SystemError(path, EFBIG) }
        }
    }
}
