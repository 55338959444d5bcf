import Glibc

/// A lock in the sandbox that is held as long as this value, or its process, lives.
///
/// Workers take ``worker`` before they do anything, so that two never act at once. The supervisor holds ``executor`` for
/// all its life: who finds it free knows that nobody looks after the container any more.
public final class SandboxLock: Sendable {
    public static let worker = ".sidecar-executor.worker"
    public static let executor = ".sidecar-executor.lock"

    /// Nobody before this one took the lock, ever.
    public let isFirst: Bool
    private let file: Int32

    /// Takes the lock; nil when somebody else holds it.
    ///
    /// - Throws: ``SandboxLockError`` when the file cannot be opened.
    public init?(_ name: String, in sandbox: String, create: Bool = true) throws(SandboxLockError) {
        let path = "\(sandbox)/\(name)"
        let fresh = create ? open(path, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL, 0o600) : -1
        isFirst = fresh >= 0
        file = isFirst ? fresh : open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { throw SandboxLockError(path: path, code: errno) }
        // It is closed by `deinit`, and only there: by then its number might be another's.
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else { return nil }
    }

    deinit {
        close(file)
    }
}

/// A lock's file cannot be opened.
public struct SandboxLockError: Error, Sendable, Equatable, CustomStringConvertible {
    public let path: String
    public let code: Int32

    public var isMissing: Bool { code == ENOENT || code == ENOTDIR }
    public var description: String { "cannot open \(path): \(String(cString: strerror(code)))" }
}
