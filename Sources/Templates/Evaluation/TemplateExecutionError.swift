/// Rendering stopped: the data does not have what the template asks for, or a limit was reached.
public struct TemplateExecutionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The parsed template's name.
    public let name: String
    /// From 1.
    public let line: Int
    /// As Go counts: bytes before it in the line.
    public let column: Int
    /// Name of the template being executed, which may be one defined within.
    public let template: String
    /// The part of the action at fault.
    public let action: String
    /// In Go's words.
    public let message: String
    /// What had been written until then.
    public let outputBytes: [UInt8]

    public var output: String { String(goBytes: outputBytes[...]) }

    /// The same as Go's.
    public var description: String {
        let executing = Quoting.quote(Array(template.utf8)[...])
        return "template: \(name):\(line):\(column): executing \(executing) at <\(action)>: \(message)"
    }
}
