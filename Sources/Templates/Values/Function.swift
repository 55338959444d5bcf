extension Value {
    /// A function a template can call, with Go's rules for its arguments.
    public struct Function: Sendable {
        /// The Go type, for `%T` and messages.
        public let type: GoType
        /// Types of the parameters; constants in a template are converted to them, other values must fit.
        public let parameters: [GoType]
        /// Whether the last parameter takes any number of values.
        public let isVariadic: Bool
        /// How many values it gives besides an error. Templates can only call functions that give one.
        let results: Int
        let body: @Sendable ([Value]) throws(FunctionError) -> Value

        /// - Parameters:
        ///   - type: Name of the Go type, e.g. `func(string) string`.
        ///   - body: Gets as many values as there are parameters (more or fewer for the last of a variadic one), each
        ///     of its parameter's type.
        public init(
            type: String, parameters: [GoType], isVariadic: Bool = false,
            _ body: @escaping @Sendable ([Value]) throws(FunctionError) -> Value
        ) {
            self.init(type: .function(type), parameters: parameters, isVariadic: isVariadic, results: 1, body: body)
        }

        /// A function from a string to a string, such as a look-up by key.
        public init(type: String = "func(string) string", _ body: @escaping @Sendable (String) -> String) {
            self.init(type: type, parameters: [.string]) { arguments in
                guard case .string(let text)? = arguments.first else { return .nil }
                return .string(body(text.description))
            }
        }

        init(
            type: GoType, parameters: [GoType], isVariadic: Bool, results: Int,
            body: @escaping @Sendable ([Value]) throws(FunctionError) -> Value
        ) {
            self.type = type
            self.parameters = parameters
            self.isVariadic = isVariadic
            self.results = results
            self.body = body
        }
    }
}

/// Why a function called by a template failed; execution stops with this message.
public struct FunctionError: Error, Hashable, Sendable, CustomStringConvertible {
    public var message: String

    public init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
