import Testing

@testable import Complaints

@Suite struct GoValuesTests {
    struct Expectation<Value: Decodable & Sendable>: Decodable, Sendable {
        var value: Value?
        var ns: Value?
        var err: String?
    }

    struct Example<Value: Decodable & Sendable>: Decodable, Sendable {
        /// Some lines are about formatting instead.
        var s: String?
        var expect: Expectation<Value>
    }

    @Test func durationsAreGos() throws {
        for example in try Support.lines(of: "templates/durations.jsonl", as: Example<Int64>.self) {
            guard let text = example.s else { continue }
            #expect(GoValues.duration(text) == (example.expect.err == nil ? example.expect.ns : nil), "\(text)")
        }
    }

    @Test func booleansAreGos() throws {
        for example in try Support.lines(of: "templates/bools.jsonl", as: Example<Bool>.self) {
            guard let text = example.s else { continue }
            #expect(GoValues.bool(text) == (example.expect.err == nil ? example.expect.value : nil), "\(text)")
        }
    }
}
