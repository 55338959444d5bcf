/// Why a text is no duration, in the words of Go's `time.ParseDuration`.
public enum GoDurationError: Error, Hashable, Sendable, CustomStringConvertible {
    case invalid(String)
    case missingUnit(String)
    case unknownUnit(String, String)

    public var description: String {
        switch self {
        case .invalid(let text): "time: invalid duration \(GoDurationError.quote(text))"
        case .missingUnit(let text): "time: missing unit in duration \(GoDurationError.quote(text))"
        case .unknownUnit(let unit, let text):
            "time: unknown unit \(GoDurationError.quote(unit)) in duration \(GoDurationError.quote(text))"
        }
    }

    /// The package time quotes in its own simple way: every byte that is not printable ASCII as `\xNN`.
    private static func quote(_ text: String) -> String {
        var output: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            if byte < 0x20 || byte >= 0x80 {
                output.append("\\x")
                Quoting.appendHex(UInt32(byte), digits: 2, to: &output)
            } else {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { output.append(UInt8(ascii: "\\")) }
                output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
        return String(decoding: output, as: UTF8.self)
    }
}
