/// The names of journal fields.
///
/// The journal takes `A-Z`, `0-9` and `_`, at most 64 of them, the first being neither a digit nor `_`
/// (systemd.journal-fields(7), sd_journal_send(3)); it silently drops others.
public enum JournalField {
    /// What every field made from a metadata key starts with.
    public static let prefix = "COMPLAINER_"
    /// The field that holds the role of the worker that wrote the entry.
    public static let worker = "COMPLAINER_WORKER"

    static let maximumLength = 64

    /// The field for a metadata key: `task-id`, `task_id`, `task id` and `taskID` all become
    /// `COMPLAINER_TASK_ID`. Nil when nothing in the key can be kept.
    public static func name(forMetadataKey key: String) -> String? {
        let words = upperSnake(key)
        guard !words.isEmpty else { return nil }
        var name = String((prefix + words).prefix(maximumLength))
        while name.last == "_" { name.removeLast() }
        return name
    }

    /// Is this a name that the journal takes from a program?
    public static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= maximumLength else { return false }
        return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first)
            && name.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "_") || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }

    /// Words in upper case with `_` between them; a new word also starts at `aB` and at the `B` of `ABc`.
    private static func upperSnake(_ key: String) -> String {
        let scalars = Array(key.unicodeScalars)
        var result = ""
        for (index, scalar) in scalars.enumerated() {
            guard isLower(scalar) || isUpper(scalar) || isDigit(scalar) else {
                if result.last != "_" { result.append("_") }
                continue
            }
            if isUpper(scalar), index > 0 {
                let previous = scalars[index - 1]
                let startsWord = index + 1 < scalars.count && isLower(scalars[index + 1])
                if isLower(previous) || isDigit(previous) || (isUpper(previous) && startsWord), result.last != "_" {
                    result.append("_")
                }
            }
            result.unicodeScalars.append(isLower(scalar) ? Unicode.Scalar(UInt8(scalar.value) - 32) : scalar)
        }
        return String(result.drop { $0 == "_" }.reversed().drop { $0 == "_" }.reversed())
    }

    private static func isLower(_ scalar: Unicode.Scalar) -> Bool { ("a"..."z").contains(scalar) }
    private static func isUpper(_ scalar: Unicode.Scalar) -> Bool { ("A"..."Z").contains(scalar) }
    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
