/// Reads a file of `NAME=value` lines by the rules of systemd's `EnvironmentFile=` (systemd.exec(5)).
///
/// Lines that begin with `#` or `;` are comments. A value ends with the line, white space around it does not count; `\`
/// before the end of the line continues it. Inside of single quotes everything stands for itself; inside of double
/// quotes, and outside of quotes, `\` takes the meaning from the next character. Stricter than systemd, which skips what
/// it does not understand: such a line is an error here.
enum EnvironmentFile {
    struct Entry: Equatable {
        var name: String
        var value: String
        /// The line its name is on, from 1.
        var line: Int
    }

    struct Problem: Error, Equatable {
        var line: Int
        /// Without the line's text, which may hold a secret.
        var message: String
    }

    /// Most bytes of a file.
    static let maximumSize = 1 << 20

    static func parse(_ bytes: [UInt8]) throws(Problem) -> [Entry] {
        guard bytes.count <= maximumSize else {
            throw Problem(line: 1, message: "the file is larger than \(maximumSize) bytes")
        }
        var scanner = Scanner(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...])
        var entries: [Entry] = []
        while let entry = try scanner.next() { entries.append(entry) }
        return entries
    }
}

private struct Scanner {
    private var rest: ArraySlice<UInt8>
    private var line = 1

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    mutating func next() throws(EnvironmentFile.Problem) -> EnvironmentFile.Entry? {
        while let byte = rest.first {
            if byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") {
                skipLine()
            } else if isSpace(byte) || isNewline(byte) {
                take()
            } else {
                let start = line
                let name = try name()
                return EnvironmentFile.Entry(name: name, value: try value(), line: start)
            }
        }
        return nil
    }

    private mutating func name() throws(EnvironmentFile.Problem) -> String {
        let start = line
        var name: [UInt8] = []
        while let byte = rest.first, byte != UInt8(ascii: "="), !isNewline(byte) {
            name.append(byte)
            take()
        }
        guard rest.first == UInt8(ascii: "=") else { throw .init(line: start, message: "not NAME=value") }
        take()
        while let last = name.last, isSpace(last) { name.removeLast() }
        let text = String(decoding: name, as: UTF8.self)
        if text.hasPrefix("export ") { throw .init(line: start, message: "take out \"export\"") }
        let isName = name.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "_") }
        guard isName, let first = name.first, !(0x30...0x39).contains(first) else {
            throw .init(line: start, message: "what is before \"=\" is not the name of a variable")
        }
        return text
    }

    private mutating func value() throws(EnvironmentFile.Problem) -> String {
        let start = line
        var value: [UInt8] = []
        // White space at the end does not count, but for what was quoted or escaped.
        var kept = 0
        var mayQuote = true
        while let byte = rest.first, !isNewline(byte) {
            take()
            switch byte {
            case UInt8(ascii: "'") where mayQuote:
                try singleQuoted(&value, from: start)
                kept = value.count
            case UInt8(ascii: "\"") where mayQuote:
                try doubleQuoted(&value, from: start)
                kept = value.count
            case UInt8(ascii: "\\"):
                mayQuote = false
                guard let escaped = take() else { break }
                if !isNewline(escaped) { value.append(escaped) } else { skipLineFeed(after: escaped) }
                kept = value.count
            default:
                // After a quoted part white space is skipped and another quote may begin, as systemd does it.
                if mayQuote, isSpace(byte) { continue }
                mayQuote = false
                value.append(byte)
                if !isSpace(byte) { kept = value.count }
            }
        }
        value.removeLast(value.count - kept)
        guard let text = String(validating: value, as: UTF8.self), !value.contains(0) else {
            throw .init(line: start, message: "the value is not UTF-8 text")
        }
        return text
    }

    private mutating func singleQuoted(_ value: inout [UInt8], from start: Int) throws(EnvironmentFile.Problem) {
        while let byte = take() {
            if byte == UInt8(ascii: "'") { return }
            value.append(byte)
        }
        throw .init(line: start, message: "a ' is not closed")
    }

    private mutating func doubleQuoted(_ value: inout [UInt8], from start: Int) throws(EnvironmentFile.Problem) {
        while let byte = take() {
            if byte == UInt8(ascii: "\"") { return }
            guard byte == UInt8(ascii: "\\"), let escaped = take() else {
                value.append(byte)
                continue
            }
            if "\"\\`$".utf8.contains(escaped) {
                value.append(escaped)
            } else if !isNewline(escaped) {
                value += [byte, escaped]
            } else {
                skipLineFeed(after: escaped)
            }
        }
        throw .init(line: start, message: "a \" is not closed")
    }

    @discardableResult private mutating func take() -> UInt8? {
        let byte = rest.popFirst()
        if byte == UInt8(ascii: "\n") { line += 1 }
        return byte
    }

    /// A line may end in CR LF.
    private mutating func skipLineFeed(after byte: UInt8) {
        if byte == UInt8(ascii: "\r"), rest.first == UInt8(ascii: "\n") { take() }
    }

    private mutating func skipLine() {
        while let byte = rest.first, !isNewline(byte) { take() }
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    private func isNewline(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
    private func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
