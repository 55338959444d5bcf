/// A parsed Go text/template.
///
/// The language is that of https://pkg.go.dev/text/template as of Go 1.18 to 1.22, byte for byte: actions, pipelines,
/// variables, `if`, `with`, `range`, `define`, `template`, `block`, trimming, and all built-in functions. A template is
/// parsed once and can be rendered any number of times, concurrently.
public struct Template: Sendable {
    /// Longest output of one rendering, in bytes.
    public static let maximumOutput = 1 << 20

    /// The template's name, as errors show it.
    public let name: String
    /// What Go's parser saw, for the lines and columns of errors.
    let text: [UInt8]
    let trees: [GoString: [Node]]

    /// - Parameters:
    ///   - functions: Names of functions besides the built-in ones; any other name is an error.
    public init(name: String, _ text: String, functions: Set<String> = []) throws(TemplateParseError) {
        try self.init(name: name, bytes: Array(text.utf8), functions: functions)
    }

    /// Like `init(name:_:functions:)` for a text that may not be UTF-8.
    public init(name: String, bytes: [UInt8], functions: Set<String> = []) throws(TemplateParseError) {
        self.name = name
        text = bytes
        var parser = Parser(name: name, text: bytes, functions: Set(functions.map { GoString($0) }))
        trees = try parser.parse()
    }

    /// The text for some data. Bytes that are not UTF-8 become U+FFFD.
    ///
    /// - Parameters:
    ///   - data: What `.` and `$` are at the start.
    ///   - functions: The functions announced to the initializer.
    ///   - budget: Processor time; what takes longer is an error.
    public func render(
        _ data: Value, functions: [String: Value.Function] = [:], budget: RenderingBudget = RenderingBudget()
    ) throws(TemplateExecutionError) -> String {
        String(goBytes: try renderBytes(data, functions: functions, budget: budget)[...])
    }

    /// Like `render`, but exactly the bytes Go writes: `{{ "\xff" }}` and `slice` can make what is not UTF-8.
    public func renderBytes(
        _ data: Value, functions: [String: Value.Function] = [:], budget: RenderingBudget = RenderingBudget()
    ) throws(TemplateExecutionError) -> [UInt8] {
        var execution = Execution(template: self, data: data, functions: functions, budget: budget)
        try execution.run()
        return execution.output
    }
}
