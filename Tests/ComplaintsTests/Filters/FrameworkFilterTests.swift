import Testing

@testable import Complaints

@Suite struct FrameworkFilterTests {
    @Test func noneMeansAll() throws {
        let filter = try FrameworkFilter(allow: [], deny: [])
        #expect(filter.admits("marathon") && filter.admits(""))
    }

    @Test func matchesAnywhereInTheName() throws {
        let filter = try FrameworkFilter(allow: ["rath", "^spark-"], deny: [])
        #expect(filter.admits("marathon"))
        #expect(filter.admits("spark-1"))
        #expect(!filter.admits("my-spark-1"))
    }

    @Test func denyComesFirst() throws {
        let filter = try FrameworkFilter(allow: ["marathon"], deny: ["-test$"])
        #expect(filter.admits("marathon"))
        #expect(!filter.admits("marathon-test"))
        #expect(!filter.admits("chronos"))
    }

    @Test func anInvalidExpressionNamesItsSettingAndPlace() {
        #expect(throws: FilterError.self) { try FrameworkFilter(allow: ["ok", "a)b"], deny: []) }
        do throws(FilterError) {
            _ = try FrameworkFilter(allow: [], deny: ["ok", "[z-a]"])
        } catch {
            #expect(error.description.hasPrefix(#"framework-blacklist: "[z-a]" is not a regular expression: "#))
            #expect(error.description.hasSuffix("(at character 2)"))
        }
    }

    @Test func aHugeExpressionDoesNotFloodTheLog() {
        do throws(FilterError) {
            _ = try FrameworkFilter(allow: ["(\n" + String(repeating: "x", count: 100_000)], deny: [])
            Issue.record("accepted")
        } catch {
            #expect(error.description.count < 600)
            #expect(!error.description.contains("\n"))
        }
    }
}
