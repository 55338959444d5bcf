/// Go's `strconv.ParseBool`.
public enum GoBool {
    /// True for `1 t T TRUE true True`, false for `0 f F FALSE false False`, an error for anything else.
    public static func parse(_ text: String) throws(GoBoolError) -> Bool {
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": return true
        case "0", "f", "F", "FALSE", "false", "False": return false
        default: throw GoBoolError(text: text)
        }
    }
}

/// A text that is no boolean.
public struct GoBoolError: Error, Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(text: String) {
        self.text = text
    }

    public var description: String { "strconv.ParseBool: parsing \(PlainQuote.quote(text)): invalid syntax" }
}
