import TestTools
import Testing

@testable import Reporting

/// How long a worker's reporters wait for services that do not come to an end, by the real clock, side by side.
@Suite struct PatienceTests {
    /// Those that talk to something over the network.
    static let kinds = ReporterRegistry.names.filter { !["file", "journald"].contains($0) }

    /// Of a delivery: how long it took, and why it was given up.
    private struct End {
        var name: String
        var duration: Duration
        var error: DeliveryError?
    }

    @Test(.timeLimit(.minutes(3)))
    func nobodyWaitsLongerThanTenSeconds() async throws {
        let silent = try LoopbackServer()
        silent.start { $0.waitForClose() }
        defer { silent.stop() }
        let endless = try LoopbackServer()
        endless.start { connection in
            guard connection.nextRequest() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\nX-Endless: ")
            while connection.send("x"), !connection.isClosed(within: 200) {}
        }
        defer { endless.stop() }
        let ends = try await withThrowingTaskGroup(of: End.self) { group in
            for kind in Self.kinds {
                // As its worker makes it.
                let make = try #require(ReporterRegistry.kind(kind)?.make)
                for (name, server) in [("silent", silent), ("endless", endless)] {
                    // A mail server has ten seconds for each of its words, as mails pass slow filters.
                    if kind == "email" && name == "endless" { continue }
                    let values =
                        kind == "email"
                        ? ["url": "smtp://127.0.0.1:\(server.port)", "from": "c@example.com", "to": "o@example.com"]
                        : try ServiceOutcomeTests.values(kind, at: server.url)
                    let reporter = try make(settings(kind, values))
                    group.addTask {
                        let began = ContinuousClock.now
                        let error = await refusal(of: .sample(kind), by: reporter)
                        return End(name: "\(kind), \(name)", duration: ContinuousClock.now - began, error: error)
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ends.count == 2 * Self.kinds.count - 1)
        for end in ends {
            #expect(end.error?.isPermanent == false, "\(end.name)")
            #expect(end.error?.reason.contains("10.0 seconds") == true, "\(end.name): \(end.error?.reason ?? "")")
            // The reason names the limit, and a busy machine makes it later.
            #expect(end.duration >= .seconds(10) && end.duration < .seconds(60), "\(end.name): \(end.duration)")
        }
    }
}
