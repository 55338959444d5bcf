import Complaints
import Testing

@testable import Dispatching

/// What the status page is told fits into a message, whatever labels tasks have.
@Suite struct CaseDocumentTests {
    private func cases(_ count: Int, labels: [String: String]) -> [CaseAnswer] {
        (0..<count).map { number in
            let failure = Failure(
                id: "t\(number)", name: "t", slave: "a", framework: "f", state: "TASK_FAILED",
                started: Timestamp(nanoseconds: 0), finished: Timestamp(nanoseconds: 0), labels: labels,
                frameworkID: "F", agentID: "S")
            return CaseAnswer(
                id: Int64(number), key: failure.key, failure: failure, state: "done", attempts: 1, error: nil,
                detected: Timestamp(nanoseconds: 0), updated: Timestamp(nanoseconds: 0), evidence: nil, upload: nil,
                reports: [])
        }
    }

    private func decoded(_ json: String) throws -> [CaseAnswer] { try LedgerTransaction.value(json) }

    @Test func ordinaryCasesAreWhole() throws {
        let cases = cases(200, labels: ["team": "shop"])
        #expect(try decoded(Dispatcher.document(of: cases)) == cases)
    }

    @Test func longLabelsAreLeftOutBeforeCasesAre() throws {
        let labels = ["team": "shop", "long": String(repeating: "\"", count: 60_000)]
        let json = try Dispatcher.document(of: cases(200, labels: labels))
        #expect(json.utf8.count <= 6 << 20)
        let found = try decoded(json)
        #expect(found.count == 200 && found.allSatisfy { $0.failure.labels == ["team": "shop"] })
    }

    @Test func theNewestCasesStay() throws {
        let json = try Dispatcher.document(of: cases(200, labels: [:]), maximum: 10_000)
        let found = try decoded(json)
        #expect(json.utf8.count <= 10_000 && found.first?.failure.id == "t0" && found.count > 5)
    }
}
