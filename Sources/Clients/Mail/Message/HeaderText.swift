import FoundationEssentials

/// The value of a header field: free text of any kind as RFC 2047 and RFC 5322 §2.2.3 want it.
enum HeaderText {
    /// Of a line, without its end; more is legal up to 998 but not liked.
    private static let lineLength = 76

    /// One line of text as the body of the field of that name, folded. Line breaks and other control characters
    /// become spaces: nothing in a value can begin another field.
    static func unstructured(_ text: String, after name: String) -> String {
        let line = singleLine(text)
        return isPlain(line) ? folded(line, from: name.utf8.count + 2) : encodedWords(line, from: name.utf8.count + 2)
    }

    /// A mailbox; its name is quoted or encoded when it has to be.
    static func mailbox(_ mailbox: MailAddress, after column: Int) -> String {
        guard let name = mailbox.name.map(singleLine), !name.isEmpty else { return mailbox.address }
        let atoms = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~ ")
        let shown: String
        if !isPlain(name) || name.utf8.count > 60 {
            return "\(encodedWords(name, from: column))\r\n <\(mailbox.address)>"
        } else if name.allSatisfy({ atoms.contains($0) }) {
            shown = name
        } else {
            shown = "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        return "\(shown) <\(mailbox.address)>"
    }

    static func mailboxes(_ mailboxes: [MailAddress], after name: String) -> String {
        // One a line: whatever the length of names, no line gets too long.
        mailboxes.map { mailbox($0, after: name.utf8.count + 2) }.joined(separator: ",\r\n ")
    }

    private static func singleLine(_ text: String) -> String {
        let plain = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: " "
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(plain)).split(separator: " ").joined(separator: " ")
    }

    /// Whether a text needs no encoding: ASCII, nothing that looks encoded, no word that cannot be folded.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 32 && $0 < 127 } && !text.contains("=?")
            && text.split(separator: " ").allSatisfy { $0.utf8.count < lineLength }
    }

    private static func folded(_ text: String, from column: Int) -> String {
        var result = ""
        var column = column
        for word in text.split(separator: " ") {
            if result.isEmpty {
                result += word
                column += word.utf8.count
            } else if column + 1 + word.utf8.count <= lineLength {
                result += " " + word
                column += 1 + word.utf8.count
            } else {
                result += "\r\n " + word
                column = 1 + word.utf8.count
            }
        }
        return result
    }

    /// `=?UTF-8?B?…?=` words of at most 75 characters, each of whole characters.
    private static func encodedWords(_ text: String, from column: Int) -> String {
        var words: [String] = []
        var bytes: [UInt8] = []
        // The first one shares its line with the field's name.
        var room = max(12, (75 - column - 12) / 4 * 3)
        for scalar in text.unicodeScalars {
            let encoded = Array(String(Character(scalar)).utf8)
            if bytes.count + encoded.count > room {
                words.append(word(bytes))
                bytes = []
                room = 45
            }
            bytes += encoded
        }
        if !bytes.isEmpty { words.append(word(bytes)) }
        return words.joined(separator: "\r\n ")
    }

    private static func word(_ bytes: [UInt8]) -> String { "=?UTF-8?B?\(Data(bytes).base64EncodedString())?=" }
}
