import SidecarClient
import Testing

@Suite struct ServiceStatusTests {
    @Test func numbersAreSidecars() {
        #expect(
            (0...4).map { ServiceStatus(rawValue: $0)?.description } == [
                "alive", "tombstone", "unhealthy", "unknown", "draining",
            ])
        #expect(ServiceStatus(rawValue: 5) == nil)
    }
}
