import Foundation

/// Ends processes that a server has started and left behind, by the same script that cleans up after the whole run.
enum Leftovers {
    /// Ends every process that has `folder` in its environment or arguments. The folder itself stays, with its logs.
    static func end(in folder: URL) async throws {
        let name = folder.appending(path: "leftovers.txt")
        try Data("\(folder.path)\n".utf8).write(to: name)
        let input = open(name.path, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw HarnessError("cannot read \(name.path)") }
        defer { close(input) }
        let pid = try Spawn(
            program: Checkout.support.appending(path: "reap").path,
            environment: ["PATH": "/usr/bin:/bin", "REAP_KEEP": "1"], standardInput: input
        ).run()
        try await waitUntil("the end of what is left of \(folder.path)") {
            var status: Int32 = 0
            return waitpid(pid, &status, WNOHANG) != 0
        }
    }
}
