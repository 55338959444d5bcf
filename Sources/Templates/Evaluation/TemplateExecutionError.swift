/// Rendering stopped: the data does not have what the template asks for, or a limit was reached.
public struct TemplateExecutionError: Error, Sendable, CustomStringConvertible {
    /// In a box: a large error would cost stack in every function that may throw it, and those recurse.
    private let details: Details

    private final class Details: Sendable {
        let name: String
        let line: Int
        let column: Int
        let template: String
        let action: String
        let message: String
        let output: [UInt8]
        let isOverBudget: Bool

        init(
            name: String, line: Int, column: Int, template: String, action: String, message: String, output: [UInt8],
            isOverBudget: Bool
        ) {
            self.name = name
            self.line = line
            self.column = column
            self.template = template
            self.action = action
            self.message = message
            self.output = output
            self.isOverBudget = isOverBudget
        }
    }

    init(
        name: String, line: Int, column: Int, template: String, action: String, message: String, output: [UInt8],
        isOverBudget: Bool = false
    ) {
        details = Details(
            name: name, line: line, column: column, template: template, action: action, message: message,
            output: output, isOverBudget: isOverBudget)
    }

    /// The parsed template's name.
    public var name: String { details.name }
    /// From 1.
    public var line: Int { details.line }
    /// As Go counts: bytes before it in the line.
    public var column: Int { details.column }
    /// Name of the template being executed, which may be one defined within.
    public var template: String { details.template }
    /// The part of the action at fault.
    public var action: String { details.action }
    /// In Go's words.
    public var message: String { details.message }
    /// Whether the rendering took too long or made too much: another one would, too.
    public var isOverBudget: Bool { details.isOverBudget }
    /// What had been written until then.
    public var outputBytes: [UInt8] { details.output }
    public var output: String { String(goBytes: outputBytes[...]) }

    /// The same as Go's.
    public var description: String {
        let executing = Quoting.quote(Array(template.utf8)[...])
        return "template: \(name):\(line):\(column): executing \(executing) at <\(action)>: \(message)"
    }
}
