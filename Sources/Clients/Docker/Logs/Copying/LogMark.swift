import Glibc

/// From where a copy of a container's log is to go on, for another process too.
///
/// Made before the first byte is copied and kept where a crash does not reach, it tells afterwards which part of the
/// log is there: what the targets hold from ``Target/size`` on is compared with the log itself.
public struct LogMark: Sendable, Equatable, Codable {
    /// What is known of one of the two targets.
    public struct Target: Sendable, Equatable, Codable {
        /// So many bytes of the container's stream are there, and not to be copied again.
        public var copied: Int64
        /// The file's size in bytes when that was so. nil: no file, but a pipe, say; nobody can tell what it was given.
        public var size: Int64?

        /// Of a target that was given nothing yet.
        public init(_ descriptor: Int32) {
            copied = 0
            size = Self.size(of: descriptor)
        }

        /// Only of regular files.
        static func size(of descriptor: Int32) -> Int64? {
            var information = stat()
            guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
            return Int64(information.st_size)
        }
    }

    /// Entries from then on; nil: all. The same for each further process, or it would count other bytes.
    public var since: LogTime?
    public var stdout: Target
    public var stderr: Target

    /// Of a copy that begins.
    public init(since: LogTime?, stdout: Int32, stderr: Int32) {
        self.since = since
        self.stdout = Target(stdout)
        self.stderr = Target(stderr)
    }
}
