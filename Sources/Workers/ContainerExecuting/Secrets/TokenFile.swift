import Glibc

/// The file in which the executors of one host share a token.
struct TokenFile: Sendable {
    let path: String

    enum Content: Sendable, Equatable {
        case token(String)
        /// Why there is none; for people.
        case none(String)
    }

    private var folder: String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
    private var name: String { String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]) }

    /// The token, when the file is younger than that.
    func read(youngerThan limit: Duration) -> Content {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return .none(errno == ENOENT ? "there is none" : String(cString: strerror(errno)))
        }
        guard Duration.seconds(time(nil) - status.st_mtim.tv_sec) < limit else { return .none("it is too old") }
        do throws(SandboxError) {
            let bytes = try SandboxFile.read(path) ?? []
            let words = bytes.split { $0 <= 0x20 }
            guard words.count == 1 else { return .none("it holds no token") }
            return .token(String(decoding: words[0], as: UTF8.self))
        } catch {
            return .none(error.description)
        }
    }

    /// Puts a token there; who reads meanwhile gets the old one or the new one.
    func write(_ token: String) throws(SandboxError) {
        try SandboxFile.replace(path, in: folder.isEmpty ? "/" : folder, with: Array(token.utf8), mode: 0o600)
    }

    /// The right to log in for all executors; nil when others have held it for so long. It ends with the value.
    ///
    /// - Throws: ``SandboxLockError`` when there can be no such lock, `CancellationError`.
    func lock(within limit: Duration) async throws -> SandboxLock? {
        let deadline = ContinuousClock.now + limit
        while true {
            if let lock = try SandboxLock("\(name).lock", in: folder.isEmpty ? "/" : folder) { return lock }
            guard .now < deadline else { return nil }
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...60)))
        }
    }
}
