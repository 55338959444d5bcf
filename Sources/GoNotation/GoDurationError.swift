/// Why a text is no duration, in the words of Go's `time.ParseDuration`.
public enum GoDurationError: Error, Hashable, Sendable, CustomStringConvertible {
    case invalid(String)
    case missingUnit(String)
    case unknownUnit(String, String)

    public var description: String {
        switch self {
        case .invalid(let text): "time: invalid duration \(PlainQuote.quote(text))"
        case .missingUnit(let text): "time: missing unit in duration \(PlainQuote.quote(text))"
        case .unknownUnit(let unit, let text):
            "time: unknown unit \(PlainQuote.quote(unit)) in duration \(PlainQuote.quote(text))"
        }
    }
}
