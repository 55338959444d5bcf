/// One entry for the journal: fields and their values, in order.
public struct JournalEntry: Sendable {
    /// One value; a longer one is cut (bytes).
    public static let maximumValue = 32 * 1024
    /// The whole entry; fields that no longer fit are left out (bytes). One datagram of this size fits into the
    /// send buffer that Linux gives everybody.
    public static let maximumLength = 128 * 1024

    /// The fields added so far.
    public private(set) var fields: [(name: String, value: String)] = []

    /// An entry without fields.
    public init() {}

    /// Adds a field. A name that the journal would drop (see ``JournalField/isValid(_:)``) is left out here
    /// already. A name may occur more than once.
    public mutating func add(_ name: String, _ value: String) {
        guard JournalField.isValid(name) else { return }
        fields.append((name, LogEscaping.cut(value, to: Self.maximumValue)))
    }

    /// The entry in the journal's native protocol (systemd's JOURNAL_NATIVE_PROTOCOL document): `NAME=value` and
    /// a newline, or, for a value that holds newlines, `NAME`, newline, its length as 8 bytes little-endian, the
    /// value, newline.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        for (name, value) in fields where bytes.count + name.utf8.count + value.utf8.count + 10 <= Self.maximumLength {
            bytes.append(contentsOf: name.utf8)
            if value.utf8.contains(UInt8(ascii: "\n")) {
                bytes.append(UInt8(ascii: "\n"))
                withUnsafeBytes(of: UInt64(value.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
            } else {
                bytes.append(UInt8(ascii: "="))
            }
            bytes.append(contentsOf: value.utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}

extension JournalEntry {
    /// A log message as an entry.
    init(_ record: LogRecord) {
        add("MESSAGE", Self.printable(record.message))
        add("PRIORITY", String(record.level.syslogPriority))
        add("SYSLOG_IDENTIFIER", record.program)
        add(JournalField.worker, record.role)
        add("CODE_FILE", record.file)
        add("CODE_LINE", String(record.line))
        add("CODE_FUNC", record.function)
        for (key, value) in record.metadata {
            guard let name = JournalField.name(forMetadataKey: key) else { continue }
            let text = Self.printable(value.flattened)
            if name == JournalField.prefix + "MESSAGE_ID", let id = Self.messageID(text) {
                add("MESSAGE_ID", id)
            } else if name == JournalField.worker {
                // The writer's role has one value, always.
                add(JournalField.prefix + "METADATA_WORKER", text)
            } else {
                add(name, text)
            }
        }
    }

    /// journalctl shows a value with control characters as "[blob data]": they are written out, but lines stay.
    private static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { LogEscaping.isDangerous($0) && $0 != "\n" && $0 != "\t" }) else {
            return text
        }
        var bytes: [UInt8] = []
        LogEscaping.append(text, to: &bytes, kept: [0x0A, 0x09])
        return String(decoding: bytes, as: UTF8.self)
    }

    /// 32 lower-case hexadecimal digits, from that or from a UUID.
    private static func messageID(_ text: String) -> String? {
        let digits = text.lowercased().filter { $0 != "-" }
        return digits.utf8.count == 32 && digits.allSatisfy { $0.isASCII && $0.isHexDigit } ? digits : nil
    }
}
