import Foundation
import HTTPClient
import Testing

@testable import DockerClient

/// A copy that a process began and another one ends.
@Suite final class LogMarkTests {
    private static let inspected = """
        {"Id":"1","Name":"/n","State":{"Status":"exited"},"Config":{"Tty":false},"HostConfig":{},"NetworkSettings":{}}
        """
    private let folder: URL
    private let docker: FakeDocker
    private var descriptors: [Int32] = []

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "log-mark-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // Longer than what is compared at a time.
        let lines = (0..<20_000).flatMap { Frames.frame(UInt8(1 + $0 % 2), "2026-11-21T10:00:00.1Z line \($0)\n") }
        docker = try FakeDocker { request in
            if request.path == "/_ping" { return .init(200, "OK", headers: ["Api-Version: 1.41"]) }
            if request.path.hasSuffix("/json") { return .init(200, Self.inspected) }
            return .init(200, bytes: lines, headers: ["Content-Type: application/vnd.docker.raw-stream"])
        }
        // What agents give to executors: for writing only.
        descriptors = ["out", "err"].map {
            open(folder.appending(path: $0).path, O_CREAT | O_WRONLY | O_APPEND, 0o600)
        }
    }

    deinit {
        docker.stop()
        for descriptor in descriptors { close(descriptor) }
        try? FileManager.default.removeItem(at: folder)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    private func write(_ text: String, to descriptor: Int32) {
        #expect(Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count)
    }

    private func lines(_ remainder: Int) -> String {
        (0..<20_000).filter { $0 % 2 == remainder }.map { "line \($0)\n" }.joined()
    }

    private func resume(_ mark: LogMark) async throws -> LogMark {
        let client = try docker.client()
        let reached = try await client.mark(
            ofCopy: "x", begunAt: mark, stdout: descriptors[0], stderr: descriptors[1])
        _ = try await client.copyLog(of: "x", from: reached, stdout: descriptors[0], stderr: descriptors[1])
        return reached
    }

    @Test(arguments: [0, 1, 7, 65_536, 100_000])
    func itGoesOnAtTheByte(copied: Int) async throws {
        for descriptor in descriptors { write("before\n", to: descriptor) }
        let mark = LogMark(since: nil, stdout: descriptors[0], stderr: descriptors[1])
        // A process copied so much and died, and so did the next one.
        let (out, err) = (lines(0), lines(1))
        write(String(out.prefix(copied)), to: descriptors[0])
        write(String(err.prefix(copied / 2)), to: descriptors[1])
        let second = try await docker.client().mark(
            ofCopy: "x", begunAt: mark, stdout: descriptors[0], stderr: descriptors[1])
        #expect(second.stdout.copied == Int64(copied) && second.stderr.copied == Int64(copied / 2))
        write(String(err.dropFirst(copied / 2).prefix(20)), to: descriptors[1])
        let third = try await resume(second)
        #expect(third.stderr.copied == Int64(copied / 2 + 20))
        #expect(try text("out") == "before\n" + out && text("err") == "before\n" + err)
    }

    @Test func linesOfOthersInBetweenAreNoHindrance() async throws {
        let mark = LogMark(since: nil, stdout: descriptors[0], stderr: descriptors[1])
        write("first\n" + String(repeating: "x", count: 40_000) + "\nline 1\nline 3\n", to: descriptors[1])
        write("line of somebody else\nline 5\nline 7", to: descriptors[1])
        let reached = try await resume(mark)
        #expect(reached.stderr.copied == 27)
        let after = try text("err").suffix(22 + lines(1).utf8.count - 14)
        #expect(after == "line of somebody else\n" + lines(1).dropFirst(14))
    }

    @Test func aTornLineIsWrittenAgain() async throws {
        let mark = LogMark(since: nil, stdout: descriptors[0], stderr: descriptors[1])
        write("line 1\nlinit died\n", to: descriptors[1])
        _ = try await resume(mark)
        #expect(try text("err") == "line 1\nlinit died\n" + lines(1).dropFirst(7))
    }

    @Test func whatIsCompleteIsLeftAlone() async throws {
        let mark = LogMark(since: nil, stdout: descriptors[0], stderr: descriptors[1])
        write(lines(0), to: descriptors[0])
        write(lines(1), to: descriptors[1])
        _ = try await resume(mark)
        #expect(try text("out") == lines(0) && text("err") == lines(1))
    }

    @Test func ofAFileThatWasCutNothingIsKnown() async throws {
        for descriptor in descriptors { write("before\n", to: descriptor) }
        let mark = LogMark(since: nil, stdout: descriptors[0], stderr: descriptors[1])
        for descriptor in descriptors { #expect(ftruncate(descriptor, 0) == 0) }
        _ = try await resume(mark)
        #expect(try text("out") == lines(0) && text("err") == lines(1))
    }

    @Test func aPipeCannotTell() async throws {
        var pair: [Int32] = [-1, -1]
        #expect(pipe(&pair) == 0)
        defer { for descriptor in pair { close(descriptor) } }
        let mark = LogMark(since: nil, stdout: pair[1], stderr: descriptors[1])
        #expect(mark.stdout.size == nil)
        write("line 0\n", to: pair[1])
        let reached = try await docker.client().mark(
            ofCopy: "x", begunAt: mark, stdout: pair[1], stderr: descriptors[1])
        // It is not read from, either.
        #expect(reached.stdout.copied == 0 && fcntl(pair[0], F_GETFL) >= 0)
        var bytes = [UInt8](repeating: 0, count: 100)
        #expect(read(pair[0], &bytes, bytes.count) == 7)
    }
}
