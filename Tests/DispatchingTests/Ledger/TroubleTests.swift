import Complaints
import FoundationEssentials
import GRDB
import Glibc
import Testing

@testable import Dispatching

@Suite("A disk in trouble")
struct TroubleTests {
    let scratch = Scratch()

    /// A case being delivered (`t0`), one to collect (`t1`), and one that ended (`t2`).
    func desk() throws -> (Desk, poller: PeerID) {
        let desk = try Desk(scratch.path)
        let poller = try desk.baselinedPoller()
        try desk.run(.poller(poller, .detected((0..<3).map { failure("t\($0)", finished: Double($0)) })))
        let uploader = try desk.worker(.uploader)
        try desk.run(
            .uploader(uploader, .collected(failure("t0").key, evidence)),
            .uploader(uploader, .collected(failure("t2", finished: 2).key, evidence)))
        try desk.run(.gone(uploader, reason: "stopped"))
        let reporter = try desk.worker(.reporter("file"))
        let ended = try #require(desk.deliveries.first { $0.failure.id == "t2" })
        try desk.run(.reporter(reporter, .delivered(id: ended.id)))
        return (desk, poller)
    }

    /// Detection, recognition, collecting and delivering all work; ends with `new` and `t0` done, `t1` delivering.
    func worksAsEver(_ desk: Desk, _ poller: PeerID) throws {
        try desk.run(
            .poller(poller, .detected([failure("t0"), failure("t2", finished: 2), failure("new", finished: 9)])))
        #expect(desk.recorded.count == 3)
        let uploader = try desk.worker(.uploader)
        #expect(desk.collections == ["t1", "new"])
        try desk.run(
            .uploader(uploader, .collected(failure("t1", finished: 1).key, evidence)),
            .uploader(uploader, .collected(failure("new", finished: 9).key, evidence)))
        let reporter = try desk.worker(.reporter("file"))
        #expect(desk.deliveries.map(\.failure.id) == ["t0", "t1", "new"])
        for delivery in desk.deliveries where delivery.failure.id != "t1" {
            try desk.run(.reporter(reporter, .delivered(id: delivery.id)))
        }
    }

    /// What ``worksAsEver(_:_:)`` leaves is on disk, and only once.
    func isAllThere(_ path: String) throws {
        let desk = try Desk(path)
        #expect(desk.keeper.mode == .disk)
        #expect(try desk.states() == ["t0": "done", "t1": "delivering", "t2": "done", "new": "done"])
        #expect(try desk.cases().count == 4)
        let poller = try desk.connect(.poller)
        #expect(desk.resyncs == 0)
        try desk.run(.poller(poller, .detected([failure("t0"), failure("new", finished: 9)])))
        #expect(try desk.cases().count == 4)
        _ = try desk.worker(.reporter("file"))
        #expect(desk.deliveries.map(\.failure.id) == ["t1"])
    }

    /// Leaves the ledger no page more than it has.
    func fill(_ desk: Desk) throws {
        try desk.keeper.ledger.read { tx in
            let pages = try Int.fetchOne(tx.db, sql: "PRAGMA page_count") ?? 0
            try tx.db.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
    }

    @Test func aFullDiskIsBridgedInMemory() throws {
        let (desk, poller) = try desk()
        try fill(desk)
        let padding = (0..<256).map { failure("pad\($0)", finished: 5, labels: ["complainer_file_instances": ""]) }
        try desk.run(.poller(poller, .detected(padding)))
        #expect(desk.recorded.count == 256)
        #expect(desk.keeper.mode == .memory)
        let trouble = try #require(desk.keeper.trouble)
        #expect(
            trouble.description.hasPrefix(
                "the ledger \(scratch.path)/ledger.sqlite cannot be written, no space is left"))
        try worksAsEver(desk, poller)
        #expect(desk.keeper.mode == .memory)

        desk.pass(3)
        try desk.run()
        #expect(desk.keeper.mode == .disk)
        #expect(desk.resyncs == 0)
        let image = try desk.crashImage()
        let after = try Desk(image.path)
        let rest = try after.states().filter { !$0.key.hasPrefix("pad") }
        #expect(
            rest == [
                "t0": "done", "t1": "delivering", "t2": "done", "new": "done",
            ])
        #expect(try after.counts()[""]?["skipped"] == 256)
    }

    @Test func aReadOnlyDiskIsBridgedInMemory() throws {
        let (desk, poller) = try desk()
        try desk.keeper.ledger.read { try $0.db.execute(sql: "PRAGMA query_only = 1") }
        try worksAsEver(desk, poller)
        #expect(desk.keeper.mode == .memory)
        guard case .disk(_, .readOnly, _) = desk.keeper.trouble else {
            Issue.record("\(String(describing: desk.keeper.trouble))")
            return
        }
        desk.pass(3)
        try desk.run()
        #expect(desk.keeper.mode == .disk)
        let image = try desk.crashImage()
        try isAllThere(image.path)
    }

    @Test func anAnswerThatTheDiskRefusedCountsOnceInMemory() throws {
        let (desk, poller) = try desk()
        let uploader = try desk.worker(.uploader, credit: 1)
        #expect(desk.collections == ["t1"])
        try fill(desk)
        var large = evidence
        large.stdoutTail = String(repeating: "x", count: 100_000)
        try desk.run(
            .uploader(uploader, .collected(failure("t1", finished: 1).key, large)),
            .poller(poller, .detected([failure("new", finished: 9)])))
        #expect(desk.keeper.mode == .memory)
        #expect(desk.offences.isEmpty)
        #expect(desk.recorded.count == 1)
        #expect(desk.notes.count { if case .recorded = $0 { true } else { false } } == 1)
        #expect(desk.collections == ["new"])
        #expect(try desk.states() == ["t0": "delivering", "t1": "delivering", "new": "collecting"])
    }

    @Test func aSmallFileSystemThatIsReallyFull() throws {
        let mount = scratch.path + "/small"
        #expect(mkdir(mount, 0o700) == 0)
        guard Glibc.mount("tmpfs", mount, "tmpfs", 0, "size=1m") == 0 else { return }
        defer { umount2(mount, Int32(MNT_DETACH)) }
        let desk = try Desk(mount)
        let poller = try desk.baselinedPoller()
        let ballast = mount + "/ballast"
        #expect(FileManager.default.createFile(atPath: ballast, contents: Data(count: 600_000)))
        var count = 0
        while desk.keeper.mode == .disk, count < 100 {
            try desk.run(.poller(poller, .detected((0..<50).map { failure("t\(count)-\($0)") })))
            #expect(desk.recorded.count == 50)
            count += 1
        }
        #expect(desk.keeper.mode == .memory)
        #expect(try desk.counts()[""] == ["collecting": count * 50])
        // Still full: again and again, with longer waits.
        desk.pass(3)
        try desk.run()
        #expect(desk.keeper.mode == .memory)
        #expect(desk.engine.wakeAt == desk.now.adding(.seconds(6)))
        unlink(ballast)
        desk.pass(6)
        try desk.run()
        #expect(desk.keeper.mode == .disk)
        #expect(try desk.counts()[""] == ["collecting": count * 50])
        #expect(try desk.seen() == count * 50)
    }

    @Test func aDirectoryThatComesLateIsMergedWithWhatHappenedMeanwhile() throws {
        let path = scratch.path + "/state"
        do {
            let before = try Desk(path)
            let poller = try before.baselinedPoller()
            try before.run(.poller(poller, .detected([failure("open", finished: 1)])))
        }
        #expect(rename(path, path + ".away") == 0)
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let desk = try Desk(path)
        #expect(desk.keeper.mode == .memory)
        let poller = try desk.connect(.poller)
        #expect(desk.resyncs == 1)
        let downtime = failure("downtime", finished: -3600)
        try desk.run(
            .poller(poller, .snapshot(.begin)),
            .poller(poller, .detected([failure("open", finished: 1), downtime])), .poller(poller, .snapshot(.end)),
            .poller(poller, .detected([failure("live", finished: 999)])))
        #expect(try desk.states()["live"] == "collecting")
        #expect(try desk.states()["downtime"] == nil)
        unlink(path)
        #expect(rename(path + ".away", path) == 0)
        desk.pass(3)
        try desk.run()
        #expect(desk.keeper.mode == .disk)
        // What memory took for its baseline, the disk has never heard of.
        #expect(desk.resyncs == 1)
        try desk.run(
            .poller(poller, .snapshot(.begin)),
            .poller(poller, .detected([failure("open", finished: 1), downtime, failure("live", finished: 999)])),
            .poller(poller, .snapshot(.end)))
        #expect(try desk.states() == ["open": "collecting", "live": "collecting", "downtime": "collecting"])
    }

    @Test func aLedgerThatIsRemovedUnderOurHandsIsWrittenAnew() throws {
        let (desk, poller) = try desk()
        for name in scratch.names { unlink("\(scratch.path)/\(name)") }
        desk.pass(60)
        try worksAsEver(desk, poller)
        #expect(desk.keeper.mode == .memory)
        desk.pass(3)
        try desk.run()
        #expect(desk.keeper.mode == .disk)
        #expect(scratch.names.contains("lock"))
        #expect(try desk.states() == ["t0": "done", "t1": "delivering", "new": "done"])
        let image = try desk.crashImage()
        #expect(try Desk(image.path).states() == ["t0": "done", "t1": "delivering", "new": "done"])
    }

    @Test func memoryIsBounded() throws {
        let (desk, poller) = try desk()
        try desk.keeper.ledger.read { try $0.db.execute(sql: "PRAGMA query_only = 1") }
        try desk.run(.poller(poller, .detected([failure("x", finished: 3)])))
        #expect(desk.keeper.mode == .memory)
        try desk.keeper.ledger.transaction { tx in
            _ = try tx.run("UPDATE counts SET count = count + ? WHERE state = 'collecting'", [Engine.maximumInMemory])
        }
        try desk.run(.poller(poller, .snapshot(.begin)), .poller(poller, .detected([failure("held", finished: 3)])))
        try desk.run(.poller(poller, .snapshot(.end)))
        #expect(desk.recorded.isEmpty)
        try desk.run(.poller(poller, .detected((0..<1025).map { failure("flood\($0)") })))
        #expect(desk.offences.count == 1)

        let next = try desk.connect(.poller)
        try desk.run(.poller(next, .snapshot(.begin)), .poller(next, .detected([failure("held", finished: 3)])))
        try desk.keeper.ledger.transaction { tx in
            _ = try tx.run("UPDATE counts SET count = count - ? WHERE state = 'collecting'", [Engine.maximumInMemory])
        }
        try desk.run()
        #expect(desk.recorded.map(\.task) == ["held"])
        try desk.run(.poller(next, .snapshot(.end)))
        #expect(desk.offences.isEmpty)
    }

    // MARK: Corruption

    /// Overwrites a part of a file.
    func damage(_ path: String, from offset: Int, count: Int) throws {
        var bytes = try Data(contentsOf: URL(filePath: path))
        for index in offset..<min(offset + count, bytes.count) { bytes[index] = 0x5A }
        let file = open(path, O_WRONLY)
        defer { close(file) }
        _ = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
    }

    @Test func aFileThatIsNoLedgerIsMovedAside() throws {
        let ledger = scratch.path + "/ledger.sqlite"
        let rubbish = Data("this is not a database, it never was one".utf8) + Data(count: 4096)
        for _ in 1...2 {
            try rubbish.write(to: URL(filePath: ledger))
            let desk = try Desk(scratch.path)
            #expect(desk.keeper.mode == .disk)
            _ = try desk.connect(.poller)
            #expect(desk.resyncs == 1)
            desk.keeper.close(now: desk.now)
        }
        let aside = scratch.names.filter { $0.hasPrefix("ledger.sqlite.corrupt-") && !$0.contains("-wal") }
        #expect(aside.count == 2, "\(scratch.names)")
        for name in aside {
            #expect(try Data(contentsOf: URL(filePath: "\(scratch.path)/\(name)")) == rubbish)
        }
    }

    @Test func afterCorruptionWhatIsNewerThanTheFileIsNews() throws {
        let ledger = scratch.path + "/ledger.sqlite"
        try Data("rubbish".utf8).write(to: URL(filePath: ledger))
        let written = try #require(StateDirectory.lastWritten(ledger))
        func ago(_ task: String, _ seconds: Double) -> Failure {
            var failure = failure(task)
            failure.terminal = Timestamp(seconds: Double(written) - seconds)
            failure.finished = Timestamp(seconds: Double(written) - seconds)
            return failure
        }
        let desk = try Desk(scratch.path, now: Timestamp(seconds: Double(written) + 7200))
        let poller = try desk.connect(.poller)
        try desk.run(
            .poller(poller, .snapshot(.begin)),
            .poller(poller, .detected([ago("after", -3600), ago("just before", 60), ago("long before", 3600)])),
            .poller(poller, .snapshot(.end)))
        #expect(try Set(desk.states().keys) == ["after", "just before"])
    }

    @Test func damageThatIsFoundAtTheStartCostsNothingThatCanBeRead() throws {
        let desk = try Desk(scratch.path)
        let poller = try desk.baselinedPoller()
        for first in [0, 256, 512] {
            try desk.run(.poller(poller, .detected((first..<first + 256).map { failure("t\($0)") })))
        }
        try desk.keeper.ledger.read { _ = try Row.fetchAll($0.db, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        let image = try desk.crashImage()
        // An index in the middle of the file, so that the tables can still be read.
        let root = try desk.keeper.ledger.read { tx in
            try Int.fetchOne(tx.db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'cases_key'") ?? 0
        }
        try damage(image.path + "/ledger.sqlite", from: (root - 1) * 4096, count: 4096)
        let after = try Desk(image.path)
        #expect(image.names.contains { $0.hasPrefix("ledger.sqlite.corrupt-") })
        #expect(try after.counts() == ["": ["collecting": 768]])
        #expect(try after.seen() == 768)
        let next = try after.connect(.poller)
        #expect(after.resyncs == 1)
        try after.run(.poller(next, .detected([failure("t1")])))
        #expect(try after.cases().count == 768)
    }

    @Test func damageThatIsFoundLaterIsSurvived() throws {
        let desk = try Desk(scratch.path)
        let poller = try desk.baselinedPoller()
        for first in [0, 256, 512] {
            try desk.run(.poller(poller, .detected((first..<first + 256).map { failure("t\($0)") })))
        }
        let root = try desk.keeper.ledger.read { tx in
            _ = try Row.fetchAll(tx.db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            try tx.db.execute(sql: "PRAGMA cache_size = 0; PRAGMA shrink_memory")
            return try Int.fetchOne(tx.db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'seen'") ?? 0
        }
        try damage(scratch.path + "/ledger.sqlite", from: (root - 1) * 4096, count: 4096)
        try desk.run(.poller(poller, .detected([failure("later", finished: 999)])))
        #expect(desk.recorded.map(\.task) == ["later"])
        #expect(desk.keeper.mode == .disk)
        #expect(desk.resyncs == 1)
        #expect(scratch.names.contains { $0.hasPrefix("ledger.sqlite.corrupt-") })
        #expect(try desk.counts()[""] == ["collecting": 769])
    }
}
