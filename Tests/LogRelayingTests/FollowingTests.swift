import DockerClient
import FoundationEssentials
import Glibc
import Testing

@testable import LogRelaying

@Suite struct FollowingTests {
    @Test func aBusyLogIsReadOftenAndAQuietOneSeldom() {
        var pace = Pace()
        for _ in 0..<50 { _ = pace.next(afterEntries: 1) }
        #expect(pace.pause == Pace.longest)
        // A burst fills the socket: from then on it must be emptied often enough.
        var readings = 0
        while pace.pause > .milliseconds(2) {
            _ = pace.next(afterEntries: 270)
            readings += 1
        }
        #expect(readings <= 4)
        for _ in 0..<50 { _ = pace.next(afterEntries: 1000) }
        #expect(pace.pause == Pace.shortest)
    }

    @Test func progressIsRead() throws {
        let progress = RelayProgress(
            container: "0123", position: LogCursor.Position(time: moment, entries: 2, bytes: 17))
        #expect(String(decoding: progress.line, as: UTF8.self) == "0123 2026-11-21T10:00:00.123456789Z 2 17\n")
        #expect(RelayProgress(progress.line) == progress)
        // A shorter line was written over a longer one.
        #expect(RelayProgress(progress.line + Array("7\n".utf8)) == progress)
    }

    @Test(arguments: [
        "", "\n", "0123 2026-11-21T10:00:00.123456789Z 2 17", "0123 yesterday 2 17\n",
        "0123 2026-11-21T10:00:00.123456789Z 0 17\n", "0123 2026-11-21T10:00:00.123456789Z 2\n",
        "0123 2026-11-21T10:00:00.123456789Z 2 -1\n", "a b c d e\n",
    ])
    func whatIsNoProgressIsNone(text: String) {
        #expect(RelayProgress(Array(text.utf8)) == nil)
    }

    @Test func progressOutlivesTheOneWhoWroteIt() throws {
        let path = "/tmp/relay-progress-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(path) }
        var progress = RelayProgress(
            container: "0123", position: LogCursor.Position(time: moment, entries: 200, bytes: 1700))
        try RelayProgressFile(path).save(progress)
        let file = try RelayProgressFile(path)
        #expect(file.load() == progress)
        progress.position = LogCursor.Position(time: moment, entries: 1, bytes: 1)
        try file.save(progress)
        #expect(try RelayProgressFile(path).load() == progress)
    }

    @Test func aFileThatCannotBeHasAReason() {
        #expect { try RelayProgressFile("/nowhere/file") } throws: {
            "\($0)" == "cannot open /nowhere/file: No such file or directory"
        }
    }
}
