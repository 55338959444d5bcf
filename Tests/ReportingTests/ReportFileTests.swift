import Complaints
import Foundation
import Glibc
import Supervision
import Synchronization
import Testing

@testable import Reporting

@Suite struct ReportFileTests {
    private final class Notes: Sendable {
        private let list = Mutex<[String]>([])
        func add(_ note: String) { list.withLock { $0.append(note) } }
        var last: String? { list.withLock { $0.last } }
    }

    private func temporary() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "reports-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func report(saying url: String = "o", note: String? = nil, notes: Notes = Notes()) -> Report {
        let failure = Failure(
            id: "web.1", name: "web", slave: "a", framework: "f", state: "TASK_FAILED",
            started: Timestamp(nanoseconds: 0), finished: Timestamp(nanoseconds: 0), frameworkID: "F", agentID: "S")
        var delivery = Delivery(
            id: 1, failure: failure, evidence: Evidence(stdoutURL: url, stderrURL: "e"), instance: "default")
        delivery.note = note
        return Report(delivery, kind: "file", labels: LabelResolver(name: "default", isDefault: true)) { notes.add($0) }
    }

    @Test func reportsAreAppended() async throws {
        let folder = try temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "out").path()
        try "before\n".write(toFile: path, atomically: false, encoding: .utf8)
        let file = try ReportFile(path)
        try await file.append("one\n", report())
        try await file.append("two\n", report())
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "before\none\ntwo\n")
    }

    @Test("What a full disk cut short is written again, on a line of its own", .enabled(if: geteuid() == 0))
    func fullDisk() async throws {
        let folder = try temporary().path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try #require(mount("tmpfs", folder, "tmpfs", 0, "size=4k") == 0)
        defer { umount2(folder, Int32(MNT_DETACH)) }
        let reporter = try FileReporter(
            WorkerSettings(values: ["file.name": ["\(folder)/out"], "file.format": ["{{ .stdoutURL }}{{ .nl }}"]]))
        let first = String(repeating: "a", count: 4000)
        let second = String(repeating: "b", count: 200)
        #expect(try await reporter.deliver(report(saying: first)) == .delivered)
        for _ in 0..<2 {
            let error = await #expect(throws: DeliveryError.self) { try await reporter.deliver(report(saying: second)) }
            #expect(error?.reason == "cannot write to \(folder)/out: No space left on device")
            #expect(error?.isTurnedAway == true && error?.isPermanent == false, "all others wait, too")
        }
        try #require(mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT), "size=1m") == 0)
        #expect(try await reporter.deliver(report(saying: second)) == .delivered)
        #expect(try await reporter.deliver(report(saying: "c")) == .delivered)
        let lines = try String(contentsOfFile: "\(folder)/out", encoding: .utf8).split(separator: "\n").map {
            String($0)
        }
        #expect(lines == [first, String(second.prefix(95)), second, "c"])
    }

    @Test func aRotatedFileIsOpenedAgain() async throws {
        let folder = try temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "out").path()
        let file = try ReportFile(path)
        try await file.append("one\n", report())
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        try await file.append("two\n", report())
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "two\n")
        try FileManager.default.removeItem(atPath: path)
        try await file.append("three\n", report())
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "three\n")
        #expect(try String(contentsOfFile: path + ".1", encoding: .utf8) == "one\n")
    }

    @Test func aReportInterruptedAfterTheWriteIsNotWrittenTwice() async throws {
        let folder = try temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "out").path()
        let first = try ReportFile(path)
        try await first.append("web.1 died\n", report())
        let note = try #require(await first.position)
        try await first.append("web.1 died\n", report())
        // The process dies here, before it could say `delivered`; its successor is given the note.
        let second = try ReportFile(path)
        try await second.append("web.1 died\n", report(note: note))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "web.1 died\nweb.1 died\n")
        // Another report of the same text was not yet written: what stands there accounts for one only.
        try await second.append("web.1 died\n", report(note: note))
        #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count == 3)
        // A text without the task's id may be another failure's.
        try await second.append("something died\n", report(note: note))
        try await second.append("something died\n", report(note: note))
        #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count == 5)
    }

    @Test func aReportInterruptedBeforeTheWriteIsWritten() async throws {
        let folder = try temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "out").path()
        let notes = Notes()
        let file = try ReportFile(path)
        // An equal report stands in the file already, but before the noted place.
        try await file.append("web.1 died\n", report(notes: notes))
        let place = try #require(notes.last)
        try await file.append("other\n", report())
        try await ReportFile(path).append("web.1 died\n", report(note: place))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "web.1 died\nother\nweb.1 died\n")
        for nonsense in ["", "1:2", "a:b:c", "1:2:-3", "1:2:99999999999"] {
            try await ReportFile(path).append("again\n", report(note: nonsense))
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8).hasSuffix("again\nagain\nagain\nagain\nagain\n"))
    }

    @Test func aPipeThatNobodyReadsIsNotWaitedFor() async throws {
        let folder = try temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "pipe").path()
        try #require(mkfifo(path, 0o600) == 0)
        #expect(throws: DeliveryError("cannot open \(path) for append: nobody reads this pipe")) {
            try ReportFile(path)
        }
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let file = try ReportFile(path)
        try await file.append("one\n", report())
        var bytes = [UInt8](repeating: 0, count: 10)
        #expect(read(reader, &bytes, 10) == 4)
    }

    @Test func askingWhetherAFileCanBeWrittenDoesNotMakeIt() throws {
        let folder = try temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "out").path()
        try ReportFile.check(path)
        #expect(!FileManager.default.fileExists(atPath: path))
        for name in ["-", "/dev/stdout", "/dev/stderr", "/dev/null"] { try ReportFile.check(name) }
        for (name, reason) in [
            ("/nowhere/out", "No such file or directory"), (folder.path(), "Is a directory"),
            ("/proc/version/x", "Not a directory"), ("", "No such file or directory"),
        ] {
            #expect(throws: DeliveryError("cannot open \(name) for append: \(reason)")) { try ReportFile.check(name) }
        }
    }

    @Test func aFileThatCannotBeOpenedIsNamed() throws {
        #expect(
            throws: DeliveryError("cannot open /nowhere/out for append: No such file or directory")
        ) { try ReportFile("/nowhere/out") }
    }

    @Test(.enabled(if: geteuid() == 0, "only root gives files away"))
    func whatRootTriesOutTheServiceMayStillWrite() throws {
        let folder = try temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let secret = folder.appending(path: "secret").path()
        try "".write(toFile: secret, atomically: false, encoding: .utf8)
        #expect(chown(folder.path(), 65534, 65534) == 0)
        func owner(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.ownerAccountID] as? Int
        }
        let path = folder.appending(path: "out").path()
        _ = try ReportFile(path)
        #expect(try owner(path) == 65534)
        // The folder's owner may have put a link there.
        let link = folder.appending(path: "link").path()
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: secret)
        _ = try ReportFile(link)
        #expect(try owner(secret) == 0)
    }
}
