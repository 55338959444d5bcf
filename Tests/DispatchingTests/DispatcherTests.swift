import Complaints
import Supervision
import Testing

@testable import Dispatching

@Suite("The dispatcher with real channels", .timeLimit(.minutes(2)))
struct DispatcherTests {
    let scratch = Scratch()

    var settings: [String: [String]] { ["state": [scratch.path], "reporters": ["file"]] }

    @Test func aFailureTravelsFromDetectionToItsReport() async throws {
        let harness = try Harness(settings)
        let poller = try harness.poller()
        #expect(try await poller.receive() == .resync)
        for message: PollerMessage in [.snapshot(.begin), .snapshot(.end), .detected([failure()])] {
            try await poller.send(message)
        }
        #expect(try await poller.receive() == .recorded([failure().key]))

        let uploader = try harness.uploader()
        try await uploader.send(.credit(4))
        #expect(try await uploader.receive() == .collect(failure().key, failure()))
        try await uploader.send(.collected(failure().key, evidence))

        let reporter = try harness.reporter("file")
        try await reporter.send(.credit(4))
        guard case .deliver(let delivery) = try await reporter.receive() else { return }
        #expect(delivery.failure == failure())
        #expect(delivery.evidence == evidence)
        #expect(delivery.instance == "default")
        #expect(delivery.attempt == 1)
        try await reporter.send(.delivered(id: delivery.id))

        let server = try harness.server()
        try await eventually("the case is done") {
            try decode(SummaryAnswer.self, await ask(server, "summary")).cases == ["done": 1]
        }
        let cases = try decode([CaseAnswer].self, await ask(server, "failures"))
        #expect(cases.map(\.state) == ["done"])
        #expect(cases.first?.reports.map(\.state) == ["delivered"])
        #expect(harness.sent.withLock { $0.contains(.ready) })
        try await eventually("a line for people") {
            harness.sent.withLock { sent in
                sent.contains {
                    if case .status(let line) = $0 { line.hasPrefix("0 open, 1 done, last: web.1 at ") } else { false }
                }
            }
        }
        try await harness.stop()
        #expect(scratch.names == ["ledger.sqlite", "lock"])
    }
}
