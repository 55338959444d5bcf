import Testing

@testable import SidecarClient

@Suite struct HealthRuleTests {
    private let away = HealthRule.Check.unknown(SidecarError("u", .unreachable, "GET u: connection refused"))

    @Test func moreFailuresThanAreForgivenFail() {
        var rule = HealthRule(maxFails: 3)
        let verdicts = [ServiceStatus.unhealthy, .tombstone, .unhealthy, .tombstone].map { rule.judge(.status($0)) }
        #expect(verdicts == [.failing(1), .failing(2), .failing(3), .failed(4)])
    }

    @Test(arguments: [ServiceStatus.alive, .unknown, .draining])
    func whatIsHealthyStartsAgain(status: ServiceStatus) {
        var rule = HealthRule(maxFails: 1)
        #expect(rule.judge(.status(.unhealthy)) == .failing(1))
        #expect(rule.judge(.status(status)) == .healthy)
        #expect(rule.judge(.status(.unhealthy)) == .failing(1))
        #expect(rule.judge(.status(.unhealthy)) == .failed(2))
    }

    @Test func whoCannotBeAskedDoesNotCount() {
        var rule = HealthRule(maxFails: 1)
        #expect(rule.judge(.status(.unhealthy)) == .failing(1))
        for _ in 0..<10 { #expect(rule.judge(away) == .assumedHealthy("GET u: connection refused")) }
        #expect(rule.judge(.status(.unhealthy)) == .failed(2))
    }

    @Test func withNothingForgivenTheFirstFails() {
        var rule = HealthRule(maxFails: 0)
        #expect(rule.judge(.status(.tombstone)) == .failed(1))
        var negative = HealthRule(maxFails: -5)
        #expect(negative.judge(.status(.alive)) == .healthy && negative.judge(.status(.unhealthy)) == .failed(1))
    }
}
