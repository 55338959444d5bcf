import AgentTesting
import HTTPClient
import MesosClient
import Synchronization
import TestTools
import Testing

@testable import Uploading

@Suite("Reading a log from its agent")
struct LogReaderTests {
    private let path = "/mesos/stdout"
    private let http = HTTPClient(HTTPClient.Configuration(proxy: .none))

    private func reader(
        _ agent: FakeAgent, _ settings: LogSettings = LogSettings(), isFresh: Bool = false,
        sleep: @escaping LogReader.Sleep = { _ in }
    ) -> LogReader {
        LogReader(
            AgentClient(http: http, host: "127.0.0.1", port: agent.port), path, settings, isFresh: isFresh, sleep: sleep
        )
    }

    private func all(_ reader: LogReader) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try await reader.next() { bytes += chunk }
        return bytes
    }

    private func content(_ file: FakeFile) -> [UInt8] { file.bytes(0, Int(file.size)) }

    @Test(arguments: [0, 1, 63, 65_536, 1_000_003] as [Int64])
    func itIsReadInOneGoByteForByte(size: Int64) async throws {
        let file = FakeFile.lines(size)
        let agent = try FakeAgent([path: file])
        let reader = reader(agent)
        #expect(try await all(reader) == content(file))
        #expect(try await reader.next() == nil)
        let downloads = agent.requests.filter { $0.contains("/files/download") }
        #expect(downloads.count == 1)
        if size == 63 { #expect(await reader.tail.hasPrefix("000000")) }
    }

    @Test func aBrokenDownloadGoesOnWhereItWas() async throws {
        let file = FakeFile.lines(3_000_000)
        let agent = try FakeAgent([path: file]) { _, request in
            request.contains("/files/download") ? .cut(after: 1_234_567) : nil
        }
        #expect(try await all(reader(agent)) == content(file))
        let requests = agent.requests
        #expect(requests.count { $0.contains("/files/download") } == 1, "not again from the beginning")
        let offsets = requests.compactMap {
            $0.components(separatedBy: "offset=").last.flatMap { Int($0.prefix { $0 != "&" }) }
        }
        #expect(offsets.filter { $0 >= 0 }.min().map { $0 > 1_000_000 } == true)
    }

    @Test func piecesThatBreakAreAskedForAgain() async throws {
        let file = FakeFile.lines(700_000)
        let waits = Mutex(0)
        let asked = Mutex<Set<String>>([])
        let agent = try FakeAgent([path: file]) { _, request in
            if request.contains("/files/download") { return .cut(after: 1) }
            // Everything fails at the first time.
            if request.contains("offset=-1") { return nil }
            return asked.withLock { $0.insert(request).inserted } ? .status(503) : nil
        }
        let reader = reader(agent) { _ in waits.withLock { $0 += 1 } }
        #expect(try await all(reader) == content(file))
        #expect(waits.withLock { $0 } > 2)
    }

    @Test func anAgentThatKeepsFailingIsGivenUp() async throws {
        let agent = try FakeAgent([path: .lines(700_000)]) { _, request in
            request.contains("/files/download") ? .cut(after: 64) : request.contains("offset=-1") ? nil : .status(500)
        }
        let waits = Mutex<[Duration]>([])
        let reader = reader(agent) { wait in waits.withLock { $0.append(wait) } }
        await #expect(throws: AgentError.self) { _ = try await all(reader) }
        #expect(waits.withLock { $0 } == [.milliseconds(200), .milliseconds(800), .milliseconds(3200)])
    }

    @Test func aLogThatIsNotThereIsMissing() async throws {
        let agent = try FakeAgent([:])
        do {
            _ = try await all(reader(agent))
            Issue.record("it was read")
        } catch AgentError.missing {}
    }

    @Test func rotatedLogsComeFirstTheOldestFirst() async throws {
        let agent = try FakeAgent([
            path: FakeFile("newest\n"), "\(path).1": FakeFile("second\n"), "\(path).2": FakeFile(""),
            "\(path).3": FakeFile("oldest\n"), "\(path).5": FakeFile("beyond a gap\n"),
        ])
        var settings = LogSettings()
        settings.rotated = 9
        #expect(try await all(reader(agent, settings)) == Array("oldest\nsecond\nnewest\n".utf8))
        settings.rotated = 1
        #expect(try await all(reader(agent, settings)) == Array("second\nnewest\n".utf8))
    }

    @Test func ofALogThatIsTooLongTheMiddleIsLeftOut() async throws {
        let file = FakeFile.lines(9 << 20)
        let agent = try FakeAgent([path: file])
        var settings = LogSettings()
        settings.maxBytes = 2 << 20
        let bytes = try await all(reader(agent, settings))
        let whole = content(file)
        #expect(Array(bytes.prefix(1 << 20)) == Array(whole.prefix(1 << 20)))
        #expect(Array(bytes.suffix(1 << 20)) == Array(whole.suffix(1 << 20)))
        let note = String(decoding: bytes.dropFirst(1 << 20).dropLast(1 << 20), as: UTF8.self)
        #expect(note == "\n[complainer: \(7 << 20) bytes were left out here: the log is longer than -logs.max-bytes]\n")
    }

    @Test func whatIsWrittenAfterTheEndIsReadToo() async throws {
        let agent = try FakeAgent([path: FakeFile("first\n")])
        let rounds = Mutex(0)
        let reader = reader(agent, isFresh: true) { [path] _ in
            let round = rounds.withLock { rounds in
                rounds += 1
                return rounds
            }
            if round == 2 { agent.change(path, to: FakeFile("first\nlast\n")) }
        }
        #expect(try await all(reader) == Array("first\nlast\n".utf8))
        #expect(await reader.tail == "first\nlast\n")
        #expect(rounds.withLock { $0 } == 2 + 3, "quiet for 300 ms after what came last")
    }

    @Test func aLogThatNeverEndsEnds() async throws {
        let agent = try FakeAgent([path: FakeFile("x")])
        let length = Mutex(1)
        let reader = reader(agent, isFresh: true) { [path] _ in
            let count = length.withLock { length in
                length += 1
                return length
            }
            agent.change(path, to: FakeFile(String(repeating: "x", count: count)))
        }
        let bytes = try await all(reader)
        #expect(bytes.count > 10 && bytes.count < 40)
    }

    @Test func aLogThatShrinksIsNotLost() async throws {
        let file = FakeFile.lines(4 << 20)
        let isRotated = Mutex(false)
        let agent = try FakeAgent([path: file]) { _, request in
            if request.contains("/files/download"), !isRotated.withLock({ $0 }) { return .cut(after: 3 << 20) }
            return nil
        }
        let reader = reader(agent) { [path] _ in
            isRotated.withLock { $0 = true }
            agent.change(path, to: FakeFile("what is new\n"))
        }
        let bytes = try await all(reader)
        let read = bytes.firstRange(of: Array("\n[complainer: the log shrank from".utf8))?.lowerBound ?? 0
        #expect(Array(bytes[..<read]) == Array(content(file)[..<read]) && read > 2 << 20)
        #expect(bytes.suffix(12) == Array("what is new\n".utf8)[...])
    }

    @Test func compressedItIsTheSame() async throws {
        for size in [0, 1, 5_000_000] as [Int64] {
            let file = FakeFile.lines(size)
            let reader = reader(try FakeAgent([path: file]))
            let log = try CompressedLog { try await reader.next() }
            var bytes: [UInt8] = []
            while let chunk = try await log.next() {
                #expect(!chunk.isEmpty)
                bytes += chunk
            }
            #expect(try await log.next() == nil)
            #expect(bytes.starts(with: [0x1F, 0x8B]) && (size < 100 || bytes.count < Int(size) / 10))
            #expect(try Gunzip.inflate(bytes) == content(file))
        }
    }

    @Test func aSizeThatNoFileHasIsNotBelieved() async throws {
        let server = try LoopbackServer()
        server.start { connection in
            while connection.nextRequest() != nil {
                guard connection.respond(200, #"{"data":"","offset":9223372036854775807}"#) else { return }
            }
        }
        let agent = AgentClient(http: http, host: "127.0.0.1", port: server.port)
        await #expect(throws: AgentError.self) { _ = try await agent.size(of: path) }
        server.stop()
    }
}
