/// Something the tests stand on did not work: what was tried, and what came of it.
public struct HarnessError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
