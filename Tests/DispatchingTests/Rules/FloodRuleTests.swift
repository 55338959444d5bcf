import Complaints
import Testing

@testable import Dispatching

@Suite("Floods, the rule")
struct FloodRuleTests {
    let limit = FloodLimit(count: 2, window: .seconds(300))

    /// What becomes of failures at these moments, with the window after them.
    func judge(_ moments: [Double], from window: FloodWindow? = nil) -> (passed: [Bool], window: FloodWindow?) {
        var window = window
        let passed = moments.map { moment in
            switch FloodRule.judge(limit, in: window, now: at(moment)) {
            case .unlimited: return true
            case .pass(let next):
                window = next
                return true
            case .hold(let next):
                window = next
                return false
            }
        }
        return (passed, window)
    }

    @Test func theRestOfAWindowIsHeld() {
        let (passed, window) = judge([0, 1, 2, 299.9])
        #expect(passed == [true, true, false, false])
        #expect(window == FloodWindow(opened: at(0), until: at(300), passed: 2, held: 2))
    }

    @Test func fewerFailuresThanTheLimitAreNeverHeld() {
        #expect(judge([0, 200, 300, 400, 600, 800, 900]).passed == Array(repeating: true, count: 7))
    }

    @Test func withoutALimitNothingIsCounted() {
        #expect(FloodRule.judge(.none, in: nil, now: at(0)) == .unlimited)
    }

    @Test func whileItGoesOnEverythingIsHeldUntilAQuietWindow() throws {
        let first = try #require(judge([0, 1, 2]).window)
        let second = FloodRule.next(after: first, now: at(300))
        #expect(second == FloodWindow(opened: at(300), until: at(600), goesOn: true))
        #expect(judge([301], from: second).passed == [false])
        #expect(judge([600, 601, 602], from: second).passed == [true, true, false], "the window before was quiet")
    }
}
