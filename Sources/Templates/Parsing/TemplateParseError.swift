/// A template's text is not a template: what is wrong, and where.
public struct TemplateParseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The template's name.
    public let name: String
    /// From 1; the line Go names as well.
    public let line: Int
    /// From 1, in bytes.
    public let column: Int
    /// In Go's words.
    public let message: String

    public var description: String { "template: \(name):\(line):\(column): \(message)" }
}
