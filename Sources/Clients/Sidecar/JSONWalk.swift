/// Walks through a JSON document (RFC 8259) while it arrives, however it is chopped, and tells what it meets. Does no I/O
/// and holds no more than the present path: the documents here are those of whole clusters, and one number is wanted.
struct JSONWalk {
    enum Event: Equatable {
        case object, array
        case string(String)
        /// As it is written.
        case number(String)
        case bool(Bool)
        case null
    }

    /// The document is not JSON, or nobody's.
    struct Failure: Error, Equatable {}

    /// Keys from the outermost in; nil in a list.
    typealias Path = [String?]

    private enum State {
        case value, firstValueOrEnd, firstKeyOrEnd, key, colon, commaOrEnd
        case string(isKey: Bool)
        case literal
        case done, failed
    }
    private var state = State.value
    private var path: Path = []
    /// Of each open container: whether it is an object.
    private var isObject: [Bool] = []
    private var text: [UInt8] = []
    private var isEscaped = false

    /// Longer texts are cut: nothing that is wanted is nearly as long.
    private static let longestText = 4096
    private static let deepest = 256

    /// Takes the next bytes. After a failure there are only failures.
    mutating func feed(
        _ bytes: some Sequence<UInt8>, _ visit: (Path, Event) throws(Failure) -> Void
    ) throws(Failure) {
        do throws(Failure) {
            for byte in bytes { try take(byte, visit) }
        } catch {
            state = .failed
            throw error
        }
    }

    /// Whether the document is complete. A number alone has no end of its own; nobody's document is one.
    var isComplete: Bool {
        if case .done = state { true } else { false }
    }

    private mutating func take(_ byte: UInt8, _ visit: (Path, Event) throws(Failure) -> Void) throws(Failure) {
        switch state {
        case .string(let isKey): return try takeText(byte, isKey: isKey, visit)
        case .literal:
            if isLiteral(byte) {
                guard text.count < 64 else { throw Failure() }
                return text.append(byte)
            }
            try visit(path, try literal())
            ended()
            try take(byte, visit)
        case .failed: throw Failure()
        default:
            if [UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t")].contains(byte) {
                return
            }
            try takeSign(byte, visit)
        }
    }

    private mutating func takeSign(_ byte: UInt8, _ visit: (Path, Event) throws(Failure) -> Void) throws(Failure) {
        switch (state, byte) {
        case (.value, UInt8(ascii: "{")), (.firstValueOrEnd, UInt8(ascii: "{")):
            try visit(path, .object)
            try open(isObject: true)
        case (.value, UInt8(ascii: "[")), (.firstValueOrEnd, UInt8(ascii: "[")):
            try visit(path, .array)
            try open(isObject: false)
        case (.value, UInt8(ascii: "\"")), (.firstValueOrEnd, UInt8(ascii: "\"")): state = .string(isKey: false)
        case (.firstKeyOrEnd, UInt8(ascii: "\"")), (.key, UInt8(ascii: "\"")): state = .string(isKey: true)
        case (.firstKeyOrEnd, UInt8(ascii: "}")): close()
        case (.firstValueOrEnd, UInt8(ascii: "]")): close()
        case (.commaOrEnd, UInt8(ascii: "}")) where isObject.last == true: close()
        case (.commaOrEnd, UInt8(ascii: "]")) where isObject.last == false: close()
        case (.commaOrEnd, UInt8(ascii: ",")): state = isObject.last == true ? .key : .value
        case (.colon, UInt8(ascii: ":")): state = .value
        case (.value, _) where isLiteral(byte), (.firstValueOrEnd, _) where isLiteral(byte):
            text = [byte]
            state = .literal
        default: throw Failure()
        }
    }

    private mutating func open(isObject: Bool) throws(Failure) {
        guard path.count < Self.deepest else { throw Failure() }
        self.isObject.append(isObject)
        path.append(nil)
        state = isObject ? .firstKeyOrEnd : .firstValueOrEnd
    }

    private mutating func close() {
        isObject.removeLast()
        path.removeLast()
        ended()
    }

    /// A value is complete.
    private mutating func ended() {
        text.removeAll(keepingCapacity: true)
        state = isObject.isEmpty ? .done : .commaOrEnd
    }

    // MARK: Texts and literals

    private mutating func takeText(
        _ byte: UInt8, isKey: Bool, _ visit: (Path, Event) throws(Failure) -> Void
    ) throws(Failure) {
        if isEscaped || byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw Failure() }
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            if text.count < Self.longestText { text.append(byte) }
            return
        }
        let string = JSONText.unescaped(text)
        text.removeAll(keepingCapacity: true)
        if isKey {
            path[path.count - 1] = string
            state = .colon
        } else {
            try visit(path, .string(string))
            ended()
        }
    }

    private func isLiteral(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "E"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private func literal() throws(Failure) -> Event {
        let word = String(decoding: text, as: UTF8.self)
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        default:
            guard Double(word) != nil, word.last != ".", !word.hasPrefix("+"), !word.hasPrefix("."),
                !word.contains("n"),
                !word.contains("x")
            else { throw Failure() }
            return .number(word)
        }
    }
}

/// The escapes of RFC 8259 section 7.
enum JSONText {
    static func unescaped(_ bytes: [UInt8]) -> String {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
        var units: [UInt16] = []
        var rest = Substring(String(decoding: bytes, as: UTF8.self))
        while let character = rest.popFirst() {
            guard character == "\\", let escape = rest.popFirst() else {
                units += Array(String(character).utf16)
                continue
            }
            switch escape {
            case "n": units.append(0x0A)
            case "r": units.append(0x0D)
            case "t": units.append(0x09)
            case "b": units.append(0x08)
            case "f": units.append(0x0C)
            case "u":
                units.append(UInt16(rest.prefix(4), radix: 16) ?? 0xFFFD)
                rest = rest.dropFirst(4)
            default: units += Array(String(escape).utf16)
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}
