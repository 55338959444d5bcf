/// Text in the transfer encoding of RFC 2045 §6.7: lines of at most 76 characters, whatever they held before.
enum QuotedPrintable {
    private static let lineLength = 76

    /// Every line ends with CR LF, also the last one.
    static func encode(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        // CR LF is one character in Swift, and a newline like the others.
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: { "\n\r\r\n".contains($0) }) {
            encode(Array(line.utf8), to: &result)
            result += Array("\r\n".utf8)
        }
        return result
    }

    private static func encode(_ line: [UInt8], to result: inout [UInt8]) {
        let hex = Array("0123456789ABCDEF".utf8)
        let isMailboxSeparator = line.starts(with: Array("From ".utf8))
        var column = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let isPlain: Bool
            switch byte {
            case UInt8(ascii: "="): isPlain = false
            case UInt8(ascii: " "), UInt8(ascii: "\t"): isPlain = !isLast
            // A line that begins with "From " is changed on the way into some mailboxes; one of a dot alone ends a mail
            // for some servers that forget to undo the doubling.
            case UInt8(ascii: "F") where index == 0: isPlain = !isMailboxSeparator
            case UInt8(ascii: ".") where index == 0: isPlain = false
            case 33...126: isPlain = true
            default: isPlain = false
            }
            let width = isPlain ? 1 : 3
            // Room for the soft break, but behind the last character there is none.
            if column + width > lineLength - (isLast ? 0 : 1) {
                result += Array("=\r\n".utf8)
                column = 0
            }
            if isPlain {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "="), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
            column += width
        }
    }
}
