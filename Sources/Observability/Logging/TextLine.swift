import Logging

/// A message as one readable line:
/// `2026-11-21T10:11:12.345Z warning poller: message (key=value key="two words")`.
struct TextLine {
    /// A whole line, its newline included, is never longer (bytes).
    static let maximumLength = 16 * 1024
    /// The message alone; what is beyond leaves room for metadata (bytes).
    static let maximumMessage = 12 * 1024

    /// Colour the level, as for a terminal.
    var coloured = false
    /// Put the severity first, as `<4>`, which the journal takes off the lines of a stream (sd-daemon(3)).
    var withSyslogPrefix = false

    /// The line with its newline.
    func render(_ record: LogRecord) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        if withSyslogPrefix { line.append(contentsOf: "<\(record.level.syslogPriority)>".utf8) }
        line.append(contentsOf: record.time.description.utf8)
        line.append(UInt8(ascii: " "))
        if coloured { line.append(contentsOf: Self.colour(record.level).utf8) }
        line.append(contentsOf: record.level.rawValue.utf8)
        if coloured { line.append(contentsOf: "\u{1b}[0m".utf8) }
        line.append(UInt8(ascii: " "))
        LogEscaping.append(record.role, to: &line)
        line.append(contentsOf: ": ".utf8)
        LogEscaping.append(LogEscaping.cut(record.message, to: Self.maximumMessage), to: &line)
        for (index, (key, value)) in record.metadata.enumerated() {
            line.append(contentsOf: (index == 0 ? " (" : " ").utf8)
            LogEscaping.append(key, to: &line)
            line.append(UInt8(ascii: "="))
            Self.append(LogEscaping.cut(value.flattened, to: Self.maximumLength), to: &line)
        }
        if !record.metadata.isEmpty { line.append(UInt8(ascii: ")")) }
        return Self.ended(line)
    }

    private static let quotedScalars: Set<Unicode.Scalar> = ["\"", "\\"]

    private static func append(_ value: String, to line: inout [UInt8]) {
        let isPlain =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy { scalar in
                !LogEscaping.isDangerous(scalar) && !scalar.properties.isWhitespace
                    && !"\"\\=()".unicodeScalars.contains(scalar)
            }
        guard !isPlain else { return line.append(contentsOf: value.utf8) }
        line.append(UInt8(ascii: "\""))
        LogEscaping.append(value, to: &line, also: quotedScalars)
        line.append(UInt8(ascii: "\""))
    }

    /// The line cut to the limit at the start of a scalar, and its newline.
    private static func ended(_ line: [UInt8]) -> [UInt8] {
        guard line.count >= maximumLength else { return line + [UInt8(ascii: "\n")] }
        let mark = Array("…[cut]\n".utf8)
        var end = maximumLength - mark.count
        while end > 0, line[end] & 0xC0 == 0x80 { end -= 1 }
        return line[..<end] + mark
    }

    private static func colour(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "\u{1b}[2m"
        case .info: "\u{1b}[32m"
        case .notice: "\u{1b}[36m"
        case .warning: "\u{1b}[33m"
        case .error: "\u{1b}[31m"
        case .critical: "\u{1b}[1;31m"
        }
    }
}
