import HTTPClient
import Synchronization
import Testing

@testable import SidecarClient

@Suite struct SidecarClientTests {
    private let id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

    private func state(_ status: String, host: String = "host1") -> String {
        #"""
        {"Name":"x","LastChanged":"2026-11-21T10:00:00Z","Future":[1,{"Servers":3}],"Servers":{"other":{"Services":null},
         "\#(host)":{"Name":"\#(host)","Services":{"ffffffffffff":{"ID":"ffffffffffff","Status":1},
          "0123456789ab":{"ID":"0123456789ab","Name":"web","Ports":[{"Port":80}],"Status":\#(status)}}}}}
        """#
    }

    /// A client whose pauses take no time and are counted.
    private func client(
        _ fake: FakeSidecar, retries: Int = 5, path: String = "/state.json", pauses: Counter = Counter()
    ) -> SidecarClient {
        SidecarClient(
            url: "\(fake.url)\(path)",
            patience: .init(timeout: .seconds(30), retries: retries, pause: .seconds(3)),
            http: HTTPClient(HTTPClient.Configuration(proxy: .none))
        ) { pause in
            #expect(pause == .seconds(3))
            pauses.increase()
            try Task.checkCancellation()
        }
    }

    @Test func everyStatusIsRead() async throws {
        for number in 0...4 {
            let fake = try FakeSidecar { _ in (200, state("\(number)")) }
            defer { fake.stop() }
            #expect(try await client(fake).status(host: "host1", container: id).rawValue == number)
            #expect(fake.requests == ["GET /state.json"])
        }
    }

    @Test func whatSidecarDoesNotKnowIsMissing() async throws {
        let documents = [
            state("0", host: "host2"), #"{"Servers":null}"#, #"{"Servers":{}}"#, #"{"Servers":{"host1":null}}"#,
            #"{"Servers":{"host1":{}}}"#, #"{"Servers":{"host1":{"Services":null}}}"#,
            #"{"Servers":{"host1":{"Services":{}}}}"#, #"{"Servers":{"host1":{"Services":{"0123456789ab":null}}}}"#,
        ]
        for document in documents {
            let fake = try FakeSidecar { _ in (200, document) }
            defer { fake.stop() }
            await #expect {
                try await client(fake).status(host: "host1", container: id)
            } throws: { ($0 as? SidecarError)?.kind == .missing }
            #expect(fake.requests.count == 1)
        }
    }

    @Test func whatIsNotItsStateIsTriedAgainAndThenGivenUp() async throws {
        let documents = [
            "", "{", "[]", "{}", #"{"Servers":[]}"#, #"{"Servers":{"host1":7}}"#, state(#""0""#), state("5"),
            state("-1"),
            state("null"), "\u{FF}",
        ]
        for document in documents {
            let fake = try FakeSidecar { _ in (200, document) }
            defer { fake.stop() }
            await #expect {
                try await client(fake, retries: 2).status(host: "host1", container: id)
            } throws: { ($0 as? SidecarError)?.kind == .unparsable }
            #expect(fake.requests.count == 3, "\(document)")
        }
    }

    @Test func aSidecarThatRestartsIsWaitedFor() async throws {
        let fake = try FakeSidecar { $0 < 3 ? (503, "starting") : (200, state("2")) }
        defer { fake.stop() }
        let pauses = Counter()
        #expect(try await client(fake, pauses: pauses).status(host: "host1", container: id) == .unhealthy)
        #expect(fake.requests.count == 4 && pauses.value == 3)
    }

    @Test func nobodyThereIsUnreachable() async throws {
        let fake = try FakeSidecar { _ in (200, "") }
        fake.stop()
        let pauses = Counter()
        await #expect {
            try await client(fake, retries: 2, pauses: pauses).status(host: "host1", container: id)
        } throws: { ($0 as? SidecarError)?.kind == .unreachable && "\($0)".contains("/state.json") }
        #expect(pauses.value == 2)
    }

    @Test func drainingIsAskedForUntilItIsAccepted() async throws {
        let fake = try FakeSidecar { $0 < 2 ? (200, "") : (202, "") }
        defer { fake.stop() }
        try await client(fake, path: "/api/state.json").drain(container: id)
        #expect(fake.requests == Array(repeating: "POST /api/services/0123456789ab/drain", count: 3))
        let deaf = try FakeSidecar { _ in (404, "") }
        defer { deaf.stop() }
        await #expect { try await client(deaf).drain(container: id) } throws: { "\($0)".contains("status 404") }
        #expect(deaf.requests.count == 6)
    }

    @Test func whoIsCancelledDoesNotGoOn() async throws {
        let fake = try FakeSidecar { _ in (503, "") }
        defer { fake.stop() }
        let waits = SidecarClient(
            url: "\(fake.url)/state.json", patience: .init(timeout: .seconds(30), retries: 1_000_000, pause: .zero),
            http: HTTPClient(HTTPClient.Configuration(proxy: .none)))
        let task = Task { try await waits.drain(container: id) }
        task.cancel()
        await #expect { try await task.value } throws: { ($0 as? SidecarError)?.kind == .cancelled }
    }

    @Test(arguments: [
        ("http://localhost:7777/state.json", "http://localhost:7777"), ("https://h", "https://h"),
        ("http://h/a?b", "http://h"), ("http://[::1]:7777/api/state.json", "http://[::1]:7777"),
    ])
    func theDrainingIsOnTheSameHost(url: String, origin: String) {
        let client = SidecarClient(url: url, patience: .init(), http: HTTPClient())
        #expect(client.origin == origin)
    }
}

final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func increase() { count.withLock { $0 += 1 } }
}
