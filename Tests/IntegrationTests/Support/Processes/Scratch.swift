import Foundation
import Glibc

/// The temporary folder of this test process, below which every test has its own.
///
/// `Tests/Support/reap` hangs on a pipe that this process holds. When the process ends, by itself or by
/// SIGKILL, the script ends every process that still has the folder in its environment or arguments,
/// and removes the folder. So each child process must be told of the folder in one of these two ways;
/// `ChildProcess` sees to that.
///
/// With `REAP_KEEP=1` in the environment of `swift test` the folder stays, to look at the logs in it.
struct Scratch: Sendable {
    let root: URL

    /// Names the folder to `reap`, and to whoever wonders where a process comes from.
    static let variable = "TEST_SCRATCH"

    private static let made = Result { try Scratch() }

    /// A new, empty folder for one test or one server.
    static func folder(_ name: String) throws -> URL {
        let url = try made.get().root.appending(path: "\(name)-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    /// The folder that all `folder(_:)` are in.
    static var root: URL {
        get throws { try made.get().root }
    }

    private init() throws {
        // Not $TMPDIR: unix sockets and sandbox paths must stay short.
        root = URL(filePath: "/tmp/complainer-test.\(getpid()).\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)

        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw HarnessError("pipe: errno \(errno)") }
        defer { close(ends[0]) }
        // The writing end stays open for as long as this process lives; `Spawn` gives it to no child.
        let line = Array("\(root.path)\n".utf8)
        guard write(ends[1], line, line.count) == line.count else { throw HarnessError("pipe: errno \(errno)") }
        _ = try Spawn(
            program: Checkout.support.appending(path: "reap").path,
            environment: [
                "PATH": "/usr/bin:/bin", "REAP_KEEP": ProcessInfo.processInfo.environment["REAP_KEEP"] ?? "",
            ],
            standardInput: ends[0]
        ).run()
    }
}
