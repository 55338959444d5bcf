import Testing

@testable import DockerClient

@Suite struct LogCursorTests {
    private let entries: [(LogStream, String, String)] = [
        (.stdout, "2026-11-21T10:00:00.000000001Z", "a\n"), (.stderr, "2026-11-21T10:00:00.000000001Z", "b b\n"),
        (.stdout, "2026-11-21T10:00:00.000000001Z", " \n"), (.stdout, "2026-11-21T10:00:01.5Z", "cccc"),
        (.stdout, "2026-11-21T10:00:01.5Z", "dddd\n"), (.stderr, "2026-11-21T10:00:02Z", "e\n"),
    ]

    /// What Docker sends for everything since that time.
    private func log(since: LogTime?) -> [UInt8] {
        entries.filter { entry in
            guard let since, let time = LogTime(rfc3339: Array(entry.1.utf8)) else { return true }
            return (time.seconds, time.nanoseconds) >= (since.seconds, since.nanoseconds)
        }.flatMap { Frames.frame($0.0.rawValue, "\($0.1) \($0.2)") }
    }

    @Test func whereverItBreaksNothingIsLostAndNothingComesTwice() throws {
        let whole = log(since: nil)
        for first in 0...whole.count {
            for second in [0, 1, 20, 41, 50, 77, 95] {
                for size in [1, 5, 1000] {
                    var cursor = LogCursor()
                    var output: [LogStream: String] = [:]
                    var order = ""
                    func read(_ bytes: [UInt8]) throws {
                        var frames = LogDemultiplexer()
                        for start in stride(from: 0, to: bytes.count, by: size) {
                            for piece in try frames.feed(Array(bytes[start..<min(bytes.count, start + size)])) {
                                guard let piece = cursor.take(piece) else { continue }
                                let text = String(decoding: piece.bytes, as: UTF8.self)
                                output[piece.stream, default: ""] += text
                                order += (piece.beginsEntry ? "|" : "") + text
                            }
                        }
                    }
                    try read(Array(whole.prefix(first)))
                    cursor.reconnect()
                    try read(Array(log(since: cursor.since).prefix(second)))
                    cursor.reconnect()
                    try read(log(since: cursor.since))
                    #expect(output == [.stdout: "a\n \nccccdddd\n", .stderr: "b b\ne\n"])
                    #expect(order == "|a\n|b b\n| \n|cccc|dddd\n|e\n")
                }
            }
        }
    }

    @Test func entriesThatAreOutOfOrderAreNotLost() throws {
        // Docker wrote the second down late: asked for everything since the third, it would leave it out.
        let times = ["10:00:00.0", "10:00:00.5", "10:00:00.9", "10:00:00.7", "10:00:00.8", "10:00:01.1"]
        let log = times.map { "2026-11-21T\($0)Z \($0)" }
        for died in 1...times.count {
            var first = LogCursor()
            func take(_ text: String, _ cursor: inout LogCursor) -> String? {
                cursor.take(LogPiece(stream: .stdout, bytes: Array(text.utf8)[...], beginsEntry: true))
                    .map { String(decoding: $0.bytes, as: UTF8.self) }
            }
            let had = log.prefix(died).compactMap { take($0, &first) }
            var second = LogCursor(resumingAt: first.position)
            let since = try #require(second.since)
            let rest = log.filter { line in
                LogTime(rfc3339: line.utf8.prefix { $0 != UInt8(ascii: " ") }).map { $0 >= since } == true
            }.compactMap { take($0, &second) }
            #expect(had + rest == times)
            #expect(!second.isCatchingUp || died == times.count)
        }
    }

    @Test func aLogThatWasRotatedMeanwhileGoesOn() throws {
        var cursor = LogCursor()
        func take(_ time: String, _ text: String) -> String? {
            cursor.take(LogPiece(stream: .stdout, bytes: Array("\(time) \(text)".utf8)[...], beginsEntry: true))
                .map { String(decoding: $0.bytes, as: UTF8.self) }
        }
        #expect(take("2026-11-21T10:00:00Z", "a") == "a")
        cursor.reconnect()
        #expect(take("2026-11-21T11:00:00Z", "b") == "b")
        #expect(take("2026-11-21T11:00:00Z", "c") == "c")
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("2026-11-21T10:00:00.000000001Z", 1_795_255_200, 1),
            ("2024-02-29T23:59:59.5Z", 1_709_251_199, 500_000_000), ("2000-03-01T00:00:00Z", 951_868_800, 0),
            ("1999-12-31T23:59:60Z", 946_684_800, 0), ("2026-01-01T00:00:00.1234567899Z", 1_767_225_600, 123_456_789),
        ] as [(String, Int64, Int64)])
    func timesAreRead(text: String, seconds: Int64, nanoseconds: Int64) {
        #expect(LogTime(rfc3339: Array(text.utf8)) == LogTime(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: [
        "", "Z", "2026-11-21", "2026-11-21T10:00:00", "2026-11-21T10:00:00+01:00", "2026-13-21T10:00:00Z",
        "2026-11-21T24:00:00Z", "20261121T100000Z", "2026-11-21T10:00:00.1.1Z", "2026-11-21T10:00:00ZZ",
        "999999-11-21T10:00:00Z",
    ])
    func whatIsNoTimeIsNone(text: String) {
        #expect(LogTime(rfc3339: Array(text.utf8)) == nil)
    }

    @Test func timesAreWrittenAsDockerTakesThem() {
        #expect(LogTime(seconds: 7, nanoseconds: 50).description == "7.000000050")
        #expect(LogTime(seconds: 7, nanoseconds: 50).earlier(by: .nanoseconds(60)).description == "6.999999990")
        #expect(LogTime(seconds: 7).earlier(by: .seconds(180)) == LogTime(seconds: 0))
        #expect(LogTime(seconds: 1000).earlier(by: .milliseconds(1500)).description == "998.500000000")
    }
}
