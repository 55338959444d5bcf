import Foundation
import Glibc
import Testing

/// `Tests/Support/reap`, on which the end of every test run hangs.
struct ScratchTests {
    @Test func processesOfARunEndWithItHoweverItEnds() async throws {
        // A second run, played by `sleep`: it holds the pipe, and is killed without a chance to clean up.
        let folder = URL(filePath: "/tmp/complainer-test.reap.\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let reaper = try Spawn(
            program: Checkout.support.appending(path: "reap").path, environment: ["PATH": "/usr/bin:/bin"],
            standardInput: ends[0]
        ).run()
        close(ends[0])
        let line = Array("\(folder.path)\n".utf8)
        #expect(write(ends[1], line, line.count) == line.count)

        let byEnvironment = try Spawn(program: "/bin/sleep", arguments: ["600"], environment: ["X": folder.path]).run()
        let byArgument = try Spawn(
            program: "/bin/sh", arguments: ["-c", "trap '' TERM; while :; do sleep 1; done", folder.path],
            environment: ["PATH": "/usr/bin:/bin"]
        ).run()
        let stranger = try Spawn(program: "/bin/sleep", arguments: ["600"]).run()
        #expect(kill(byEnvironment, 0) == 0 && kill(byArgument, 0) == 0)
        close(ends[1])

        for pid in [byEnvironment, byArgument, reaper] {
            var status: Int32 = 0
            try await waitUntil("the end of \(pid)") { waitpid(pid, &status, WNOHANG) == pid }
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path))
        #expect(kill(stranger, 0) == 0)
        kill(stranger, SIGKILL)
        waitpid(stranger, nil, 0)
    }
}
