import Glibc
import Logging
import Testing

@testable import Observability

struct JournalFieldTests {
    @Test(
        arguments: [
            ("task_id", "COMPLAINER_TASK_ID"), ("task-id", "COMPLAINER_TASK_ID"), ("taskID", "COMPLAINER_TASK_ID"),
            ("task id", "COMPLAINER_TASK_ID"), ("TASK_ID", "COMPLAINER_TASK_ID"), ("TaskId", "COMPLAINER_TASK_ID"),
            ("HTTPStatus", "COMPLAINER_HTTP_STATUS"), ("s3Key", "COMPLAINER_S3_KEY"), ("a--b__c", "COMPLAINER_A_B_C"),
            ("_private_", "COMPLAINER_PRIVATE"), ("größe", "COMPLAINER_GR_E"), ("9lives", "COMPLAINER_9LIVES"),
            ("a=b\nc", "COMPLAINER_A_B_C"),
        ])
    func `every spelling of a key is one field`(key: String, field: String) {
        #expect(JournalField.name(forMetadataKey: key) == field)
        #expect(JournalField.isValid(field))
    }

    @Test(arguments: ["", "_", "---", "日本"])
    func `a key without letters or digits has no field`(key: String) {
        #expect(JournalField.name(forMetadataKey: key) == nil)
    }

    @Test func `a long key is cut to what the journal takes`() throws {
        let name = try #require(JournalField.name(forMetadataKey: String(repeating: "key_", count: 40)))
        #expect(name.utf8.count <= 64)
        #expect(JournalField.isValid(name))
    }

    @Test(arguments: ["", "_PID", "1A", "lower", "A-B", "Ä", "A=B", "A\n", String(repeating: "A", count: 65)])
    func `the journal's rules are known`(name: String) {
        #expect(!JournalField.isValid(name))
    }
}

struct JournalTests {
    @Test func `a message arrives with all its fields`() throws {
        let journal = try DatagramReceiver()
        let sink = LogSink.journal(to: JournalSocket(path: journal.path)) { _ in Issue.record("not the fallback") }
        sink(
            record("not delivered", level: .error, metadata: [("reporter", .text("slack")), ("taskID", .text("t.1"))]))
        let fields = try #require(journal.receiveEntry())
        #expect(
            fields == [
                "MESSAGE": ["not delivered"], "PRIORITY": ["3"], "SYSLOG_IDENTIFIER": ["complainer"],
                "COMPLAINER_WORKER": ["poller"], "CODE_FILE": ["Polling/Poller.swift"], "CODE_LINE": ["42"],
                "CODE_FUNC": ["poll()"], "COMPLAINER_REPORTER": ["slack"], "COMPLAINER_TASK_ID": ["t.1"],
            ])
    }

    @Test(
        arguments: [
            (Logger.Level.trace, "7"), (.debug, "7"), (.info, "6"), (.notice, "5"), (.warning, "4"), (.error, "3"),
            (.critical, "2"),
        ])
    func `levels become syslog severities`(level: Logger.Level, priority: String) {
        let entry = JournalEntry(record("m", level: level))
        #expect(entry.fields.first { $0.name == "PRIORITY" }?.value == priority)
    }

    @Test func `a value with newlines and forged fields stays one value`() throws {
        let forged = "first\nPRIORITY=0\nMESSAGE=forged\n"
        let bytes = JournalEntry(record(forged, metadata: [("k", .text(forged))])).encoded
        let fields = try #require(DatagramReceiver.fields(bytes))
        #expect(fields["MESSAGE"] == [forged])
        #expect(fields["COMPLAINER_K"] == [forged])
        #expect(fields["PRIORITY"] == ["4"])
    }

    @Test func `control characters are written out, lines and tabs stay`() throws {
        let bytes = JournalEntry(record("a\u{1b}[31mb\tc\nd\u{0}e")).encoded
        #expect(try #require(DatagramReceiver.fields(bytes))["MESSAGE"] == ["a\\u{1b}[31mb\tc\nd\\u{0}e"])
    }

    @Test(
        arguments: [
            "0123456789abcdef0123456789ABCDEF", "01234567-89ab-cdef-0123-456789abcdef",
        ])
    func `a message id goes into the journal's own field`(id: String) {
        let entry = JournalEntry(record("m", metadata: [(LogMetadata.messageID, .text(id))]))
        #expect(entry.fields.first { $0.name == "MESSAGE_ID" }?.value == "0123456789abcdef0123456789abcdef")
    }

    @Test func `what is not a message id does not become one`() {
        let entry = JournalEntry(record("m", metadata: [("messageID", .text("xyz"))]))
        #expect(!entry.fields.contains { $0.name == "MESSAGE_ID" })
        #expect(entry.fields.contains { $0 == ("COMPLAINER_MESSAGE_ID", "xyz") })
    }

    @Test func `metadata cannot pose as another worker`() {
        let entry = JournalEntry(record("m", metadata: [("worker", .text("dispatcher"))]))
        #expect(entry.fields.filter { $0.name == "COMPLAINER_WORKER" }.map(\.value) == ["poller"])
        #expect(entry.fields.contains { $0 == ("COMPLAINER_METADATA_WORKER", "dispatcher") })
    }

    @Test func `an entry too large for a datagram loses fields, not the message`() throws {
        let journal = try DatagramReceiver()
        let huge = String(repeating: "x", count: 1 << 20)
        let metadata = (0..<20).map { (key: "k\($0)", value: LogValue.text(huge)) }
        try JournalSocket(path: journal.path).send(JournalEntry(record(huge, metadata: metadata)))
        let fields = try #require(journal.receiveEntry())
        #expect(fields["MESSAGE"]?.first?.hasSuffix("x…[cut]") == true)
        #expect(fields["COMPLAINER_K0"] != nil)
        #expect(fields["COMPLAINER_K19"] == nil)
    }

    @Test func `without a journal messages fall back`() {
        let collector = RecordCollector()
        let logger = collector.logger()
        let sink = LogSink.journal(to: JournalSocket(path: "/nonexistent/journal")) { logger.info("\($0.message)") }
        sink(record("still readable"))
        #expect(collector.messages == ["still readable"])
    }

    @Test func `an error names the socket and the reason`() {
        let socket = JournalSocket(path: "/nonexistent/journal")
        #expect {
            try socket.send(JournalEntry(record("m")))
        } throws: { error in
            "\(error)" == "cannot send an entry to the journal at /nonexistent/journal: No such file or directory"
        }
        #expect(throws: JournalError(path: String(repeating: "/x", count: 100), code: ENAMETOOLONG)) {
            try JournalSocket(path: String(repeating: "/x", count: 100)).send(JournalEntry(record("m")))
        }
    }

    @Test func `a journal that does not read stops nobody`() throws {
        let journal = try DatagramReceiver()
        let socket = JournalSocket(path: journal.path, attempts: 3)
        let started = ContinuousClock.now
        var refused = 0
        for _ in 0..<5000 {
            do { try socket.send(JournalEntry(record(String(repeating: "x", count: 500)))) } catch { refused += 1 }
        }
        #expect(refused > 0)
        #expect(ContinuousClock.now - started < .seconds(20))
        // And when it reads again, entries go there again.
        while journal.receive(within: 0) != nil {}
        try socket.send(JournalEntry(record("back")))
        #expect(journal.receiveEntry()?["MESSAGE"] == ["back"])
    }
}
