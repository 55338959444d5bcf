import Complaints
import Foundation
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

    private func report(note: String? = nil, notes: Notes = Notes()) -> Report {
        let failure = Failure(
            id: "web.1", name: "web", slave: "a", framework: "f", state: "TASK_FAILED",
            started: Timestamp(nanoseconds: 0), finished: Timestamp(nanoseconds: 0), frameworkID: "F", agentID: "S")
        var delivery = Delivery(
            id: 1, failure: failure, evidence: Evidence(stdoutURL: "o", stderrURL: "e"), instance: "default")
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

    @Test func aFileThatCannotBeOpenedIsNamed() throws {
        #expect(
            throws: DeliveryError("cannot open /nowhere/out for append: No such file or directory")
        ) { try ReportFile("/nowhere/out") }
    }

    @Test func lookingWhetherAFileCanBeOpenedLeavesNothingBehind() throws {
        let folder = try temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "out").path()
        try ReportFile.check(path)
        #expect(!FileManager.default.fileExists(atPath: path))
        try "before\n".write(toFile: path, atomically: false, encoding: .utf8)
        try ReportFile.check(path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "before\n")
        try ReportFile.check("/dev/stderr")
        #expect(throws: DeliveryError.self) { try ReportFile.check(folder.appending(path: "no/out").path()) }
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

    @Test func recentDeliveriesAreKnownByFailureAndInstance() {
        let recent = RecentDeliveries()
        func delivery(_ number: Int64, instance: String = "default") -> Delivery {
            var failure = report().delivery.failure
            failure.terminal = Timestamp(nanoseconds: number * 1000)
            return Delivery(
                id: 1, failure: failure, evidence: Evidence(stdoutURL: "", stderrURL: ""), instance: instance)
        }
        for number in 0..<5000 as Range<Int64> { recent.insert(delivery(number)) }
        #expect(recent.contains(delivery(4999)) && recent.contains(delivery(1000)))
        #expect(!recent.contains(delivery(10)), "the oldest are forgotten")
        #expect(!recent.contains(delivery(4999, instance: "ops")))
        var test = delivery(4999)
        test.isTest = true
        #expect(!recent.contains(test))
    }
}
