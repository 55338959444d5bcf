import Foundation
import HTTPClient
import Testing

@testable import DockerClient

@Suite struct LogCopyTests {
    private static let inspected = """
        {"Id":"1","Name":"/n","State":{"Status":"exited"},"Config":{"Tty":TTY},"HostConfig":{},"NetworkSettings":{}}
        """

    /// A dockerd whose log breaks off `breaks` times, each time a little later.
    private func docker(terminal: Bool = false, breaks: Int, log: [UInt8]) throws -> FakeDocker {
        try FakeDocker { request in
            if request.path == "/_ping" { return .init(200, "OK", headers: ["Api-Version: 1.41"]) }
            if request.path.hasSuffix("/json") {
                return .init(200, Self.inspected.replacingOccurrences(of: "TTY", with: "\(terminal)"))
            }
            let cut = request.number < breaks
            return .init(
                200, bytes: cut ? Array(log.prefix(60 * (request.number + 1))) : log,
                headers: ["Content-Type: application/vnd.docker.raw-stream"], cutOff: cut)
        }
    }

    private func copy(_ docker: FakeDocker, patience: Duration = .seconds(30)) async throws -> (
        LogCopy, String, String
    ) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "log-copy-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["out", "err"].map { folder.appending(path: $0).path }
        let descriptors = files.map { open($0, O_CREAT | O_WRONLY | O_APPEND, 0o600) }
        defer { for descriptor in descriptors { close(descriptor) } }
        let copy = try await docker.client().copyLog(
            of: "x", from: LogMark(since: nil, stdout: descriptors[0], stderr: descriptors[1]),
            stdout: descriptors[0], stderr: descriptors[1], patience: patience)
        let texts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
        return (copy, texts[0], texts[1])
    }

    @Test func aLogThatBreaksOffIsContinued() async throws {
        // The same time throughout: nothing but counting tells what was had.
        let time = "2026-11-21T10:00:00.1Z"
        let log = (0..<10).flatMap { Frames.frame(UInt8(1 + $0 % 2), "\(time) line \($0)\n") }
        let docker = try docker(breaks: 3, log: log)
        defer { docker.stop() }
        let (copy, out, err) = try await copy(docker)
        #expect(out == "line 0\nline 2\nline 4\nline 6\nline 8\n" && err == "line 1\nline 3\nline 5\nline 7\nline 9\n")
        #expect(copy == LogCopy(stdoutBytes: 35, stderrBytes: 35, problems: []))
        #expect(docker.paths.contains { $0.hasSuffix("timestamps=true&since=1795255199.100000000") })
    }

    @Test func aTerminalsOutputIsTakenAsItIs() async throws {
        let docker = try docker(terminal: true, breaks: 0, log: Array("\u{1}\0\0\0 no frame\r\n".utf8))
        defer { docker.stop() }
        let (copy, out, err) = try await copy(docker)
        #expect(out == "\u{1}\0\0\0 no frame\r\n" && err.isEmpty && copy.stdoutBytes == 15)
    }

    @Test func whoNeverComesBackIsNotWaitedForForEver() async throws {
        let docker = try docker(
            breaks: .max, log: Frames.frame(1, "2026-11-21T10:00:00Z " + String(repeating: "x", count: 9)))
        defer { docker.stop() }
        await #expect {
            try await copy(docker, patience: .milliseconds(600))
        } throws: { ($0 as? DockerError)?.isDockerAway == true }
    }

    @Test func aTargetThatIsGoneDoesNotStopTheOther() async throws {
        let log = Frames.frame(1, "2026-11-21T10:00:00Z out\n") + Frames.frame(2, "2026-11-21T10:00:00Z err\n")
        let docker = try docker(breaks: 0, log: log)
        defer { docker.stop() }
        var pair: [Int32] = [-1, -1]
        #expect(pipe(&pair) == 0)
        let full = open("/dev/full", O_WRONLY)
        let copy = try await docker.client().copyLog(
            of: "x", from: LogMark(since: nil, stdout: full, stderr: pair[1]), stdout: full, stderr: pair[1])
        close(full)
        close(pair[1])
        defer { close(pair[0]) }
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = read(pair[0], &bytes, bytes.count)
        #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "err\n")
        #expect(
            copy.stderrBytes == 4
                && copy.problems == ["the container's stdout cannot be copied: No space left on device"])
    }
}
