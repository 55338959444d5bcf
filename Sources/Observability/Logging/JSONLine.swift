/// A message as one JSON object on a line: `time`, `level`, `program`, `worker`, `message` and the metadata.
///
/// A metadata key that has the name of one of these five gets `metadata_` in front.
enum JSONLine {
    /// The message alone; a longer one is cut (bytes, escaped).
    static let maximumMessage = 8 * 1024
    /// One metadata text; a longer one is cut (bytes, escaped).
    static let maximumValue = 4 * 1024
    /// A line that would become longer loses its last metadata and says so with `"truncated":true` (bytes).
    static let maximumLength = 16 * 1024

    private static let ownKeys: Set<String> = ["time", "level", "program", "worker", "message", "truncated"]

    /// The line with its newline.
    static func render(_ record: LogRecord) -> [UInt8] {
        var line = Array("{".utf8)
        append("time", .text(record.time.description), to: &line)
        append("level", .text(record.level.rawValue), to: &line)
        append("program", .text(record.program), to: &line)
        append("worker", .text(record.role), to: &line)
        append("message", .text(record.message), to: &line, limit: maximumMessage)
        let ending = Array(",\"truncated\":true}\n".utf8)
        for (key, value) in record.metadata {
            let mark = line.count
            append(ownKeys.contains(key) ? "metadata_" + key : key, value, to: &line)
            if line.count + ending.count > maximumLength {
                line.removeSubrange(mark...)
                return line + ending
            }
        }
        return line + Array("}\n".utf8)
    }

    private static func append(_ key: String, _ value: LogValue, to line: inout [UInt8], limit: Int = maximumValue) {
        if line.last != UInt8(ascii: "{") { line.append(UInt8(ascii: ",")) }
        append(text: key, to: &line, limit: 256)
        line.append(UInt8(ascii: ":"))
        append(value, to: &line, limit: limit)
    }

    private static func append(_ value: LogValue, to line: inout [UInt8], limit: Int) {
        switch value {
        case .text(let text):
            append(text: text, to: &line, limit: limit)
        case .list(let values):
            line.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(UInt8(ascii: ",")) }
                append(value, to: &line, limit: limit)
            }
            line.append(UInt8(ascii: "]"))
        case .object(let members):
            line.append(UInt8(ascii: "{"))
            for member in members { append(member.key, member.value, to: &line, limit: limit) }
            line.append(UInt8(ascii: "}"))
        }
    }

    /// A JSON string (RFC 8259, 7) of at most `limit` bytes between its quotes. What could do harm in a terminal is
    /// escaped as well.
    private static func append(text: String, to line: inout [UInt8], limit: Int) {
        let mark = "…[cut]".utf8
        line.append(UInt8(ascii: "\""))
        let start = line.count
        var lastFit = start
        for scalar in text.unicodeScalars {
            line.append(contentsOf: escaped(scalar).utf8)
            let length = line.count - start
            if length <= limit - mark.count { lastFit = line.count }
            if length > limit {
                line.removeSubrange(lastFit...)
                line.append(contentsOf: mark)
                break
            }
        }
        line.append(UInt8(ascii: "\""))
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case _ where LogEscaping.isDangerous(scalar):
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default:
            return String(scalar)
        }
    }
}
