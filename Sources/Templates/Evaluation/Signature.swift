/// What a function takes and gives.
struct Signature: Sendable {
    var parameters: [GoType]
    /// The last parameter takes any number.
    var isVariadic = false
    var results = 1

    init(_ parameters: [GoType] = [], isVariadic: Bool = false, results: Int = 1) {
        self.parameters = parameters
        self.isVariadic = isVariadic
        self.results = results
    }

    init(_ function: Value.Function) {
        parameters = function.parameters
        isVariadic = function.isVariadic
        results = function.results
    }
}
