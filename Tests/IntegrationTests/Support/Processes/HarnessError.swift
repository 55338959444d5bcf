/// Something the tests stand on did not work: what was tried, and what came of it.
struct HarnessError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
