import Glibc
import Testing

@testable import Observability

/// Both ends of a pipe, or of a pair of stream sockets.
private final class Stream {
    let reader: Int32
    let writer: Int32

    init(socket: Bool) throws {
        var ends: [Int32] = [-1, -1]
        let outcome = socket ? socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) : pipe(&ends)
        guard outcome == 0 else { throw SystemError(errno) }
        (reader, writer) = (ends[0], ends[1])
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(reader)
        close(writer)
    }

    func readAll() -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = read(reader, &buffer, buffer.count), count > 0 { all += buffer[..<count] }
        return all.text
    }
}

struct LineWriterTests {
    private func note(_ count: Int) -> [UInt8] { Array("lost \(count)\n".utf8) }

    @Test(arguments: [false, true])
    func `lines arrive whole and in order`(socket: Bool) throws {
        let stream = try Stream(socket: socket)
        let writer = LineWriter(descriptor: stream.writer)
        writer.write(Array("one\n".utf8), lostNote: note)
        writer.write(Array("two\n".utf8), lostNote: note)
        #expect(stream.readAll() == "one\ntwo\n")
    }

    @Test(arguments: [false, true])
    func `a reader that stopped costs one wait, and is told later what it missed`(socket: Bool) throws {
        let stream = try Stream(socket: socket)
        let writer = LineWriter(descriptor: stream.writer, patience: 20)
        let line = Array((String(repeating: "x", count: 1023) + "\n").utf8)
        let started = ContinuousClock.now
        for _ in 0..<2000 { writer.write(line, lostNote: note) }
        #expect(ContinuousClock.now - started < .seconds(20))
        let read = stream.readAll()
        let written = read.split(separator: "\n").filter { $0.count == 1023 }.count
        #expect(written > 0 && written < 2000)
        writer.write(Array("after\n".utf8), lostNote: note)
        #expect(stream.readAll().hasSuffix("lost \(2000 - written)\nafter\n"))
        writer.write(Array("calm\n".utf8), lostNote: note)
        #expect(stream.readAll() == "calm\n")
    }

    @Test func `a closed descriptor loses lines and nothing else`() throws {
        let writer = LineWriter(descriptor: -1, patience: 1)
        writer.write(Array("x\n".utf8), lostNote: note)
    }
}

struct LogFormatTests {
    private func status(of descriptor: Int32) -> stat {
        var status = stat()
        fstat(descriptor, &status)
        return status
    }

    @Test func `auto is journal only when the descriptor is the stream that systemd named`() throws {
        let stream = try Stream(socket: true)
        let status = status(of: stream.writer)
        let right = ["JOURNAL_STREAM": "\(status.st_dev):\(status.st_ino)"]
        #expect(LogFormat.auto.resolved(environment: right, descriptor: stream.writer) == .journal)
        #expect(LogFormat.auto.resolved(environment: right, descriptor: stream.reader) == .text)
        #expect(LogFormat.auto.resolved(environment: right, descriptor: -1) == .text)
        #expect(LogFormat.auto.resolved(environment: [:], descriptor: stream.writer) == .text)
    }

    @Test(arguments: ["", ":", "8", "8:", ":9", "8:9:10", "-8:9", "a:b", "99999999999999999999999:1"])
    func `a malformed JOURNAL_STREAM means text`(value: String) {
        #expect(LogFormat.auto.resolved(environment: ["JOURNAL_STREAM": value], descriptor: 2) == .text)
    }

    @Test(arguments: [LogFormat.text, .json, .journal])
    func `a chosen format stays`(format: LogFormat) {
        #expect(format.resolved(environment: [:], descriptor: 2) == format)
    }

    @Test func `a pipe is never coloured`() throws {
        let stream = try Stream(socket: false)
        #expect(!LogSink.wantsColour(stream.writer, environment: [:]))
    }

    @Test func `a terminal is coloured unless NO_COLOR says no`() throws {
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        defer { close(terminal) }
        try #require(terminal >= 0)
        #expect(LogSink.wantsColour(terminal, environment: ["NO_COLOR": ""]))
        #expect(!LogSink.wantsColour(terminal, environment: ["NO_COLOR": "1"]))
        #expect(!LogSink.wantsColour(terminal, environment: ["TERM": "dumb"]))
    }

    @Test func `when the journal is away its stream gets text with the severity in front`() throws {
        let stream = try Stream(socket: true)
        let sink = Logs.sink(
            for: .journal, environment: [:], descriptor: stream.writer, journalPath: "/nonexistent/journal")
        sink(record("hello", level: .error))
        #expect(stream.readAll() == "<3>2026-11-21T10:11:12.345Z error poller: hello\n")
    }

    @Test func `JSON lines go to stderr`() throws {
        let stream = try Stream(socket: false)
        Logs.sink(for: .json, environment: [:], descriptor: stream.writer)(record("hello"))
        #expect(stream.readAll().hasPrefix("{\"time\":\"2026-"))
    }
}
