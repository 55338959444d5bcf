import Glibc

/// A value within the window of a scanner, and everything below it; valid only while its receiver is being called.
///
/// It is not checked to be JSON: where it is not, members and items end early, and values are nil.
struct JSONElement {
    fileprivate let bytes: UnsafePointer<UInt8>
    fileprivate let indexes: UnsafePointer<UInt32>
    /// The tokens of this value: the first, and one behind the last.
    fileprivate let first: Int
    fileprivate let end: Int

    init(bytes: UnsafePointer<UInt8>, indexes: UnsafePointer<UInt32>, first: Int, end: Int) {
        self.bytes = bytes
        self.indexes = indexes
        self.first = first
        self.end = end
    }

    @inline(__always)
    private func byte(_ token: Int) -> UInt8 { bytes[Int(indexes[token])] }

    /// The first byte: `{`, `[`, `"`, or that of a number or word.
    var head: UInt8 { byte(first) }
    var isObject: Bool { head == UInt8(ascii: "{") }
    var isArray: Bool { head == UInt8(ascii: "[") }

    /// Its length in the document, roughly.
    var length: Int { Int(indexes[end - 1] - indexes[first]) + 1 }

    /// Calls `body` with each member of an object until it returns false.
    @inline(__always)
    func members(_ body: (JSONText, JSONElement) -> Bool) {
        guard isObject else { return }
        var token = first + 1
        while token + 2 < end - 1 {
            guard byte(token) == UInt8(ascii: "\""), byte(token + 1) == UInt8(ascii: ":") else { return }
            let key = JSONText(bytes, from: indexes[token], to: indexes[token + 1])
            let value = element(at: token + 2)
            guard body(key, value) else { return }
            token = value.end
            guard token < end - 1, byte(token) == UInt8(ascii: ",") else { return }
            token += 1
        }
    }

    /// Calls `body` with each item of an array.
    @inline(__always)
    func items(_ body: (JSONElement) -> Void) {
        guard isArray else { return }
        var token = first + 1
        while token < end - 1 {
            let value = element(at: token)
            body(value)
            token = value.end
            guard token < end - 1, byte(token) == UInt8(ascii: ",") else { return }
            token += 1
        }
    }

    /// The first member of that name.
    func member(_ name: StaticString) -> JSONElement? {
        var found: JSONElement?
        members { key, value in
            guard key.equals(name) else { return true }
            found = value
            return false
        }
        return found
    }

    @inline(__always)
    private func element(at token: Int) -> JSONElement {
        let end = JSONElement.end(of: token, before: end - 1, bytes, indexes) ?? end - 1
        return JSONElement(bytes: bytes, indexes: indexes, first: token, end: end)
    }

    /// One behind the last token of the value that begins at `token`; nil if that is not before `limit`.
    @inline(__always)
    static func end(
        of token: Int, before limit: Int, _ bytes: UnsafePointer<UInt8>, _ indexes: UnsafePointer<UInt32>
    ) -> Int? {
        var depth = 0
        var token = token
        repeat {
            guard token < limit else { return nil }
            depth &+= nesting(bytes[Int(indexes[token])])
            token &+= 1
        } while depth > 0
        return token
    }

    /// 1 for an opening bracket, -1 for a closing one, otherwise 0. Square and curly ones differ in one bit only.
    @inline(__always)
    static func nesting(_ byte: UInt8) -> Int {
        let folded = byte | 0x20
        return (folded == UInt8(ascii: "{") ? 1 : 0) &- (folded == UInt8(ascii: "}") ? 1 : 0)
    }

    /// A string's text; nil for everything else.
    var text: JSONText? {
        guard head == UInt8(ascii: "\"") else { return nil }
        return JSONText(bytes, from: indexes[first], to: indexes[end])
    }

    /// A number; nil for everything else. Too large ones are infinite.
    var number: Double? {
        switch head {
        // strtod stops at what follows the number: a bracket, a comma, or the window's padding.
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            UnsafeRawPointer(bytes + Int(indexes[first])).withMemoryRebound(to: CChar.self, capacity: 1) {
                strtod($0, nil)
            }
        default: nil
        }
    }
}

/// The text of a string in a document, as it stands there: with its escapes, perhaps not UTF-8.
struct JSONText {
    let start: UnsafePointer<UInt8>
    let count: Int

    /// The text between the quote at `from` and the last one before `to`, where the next token begins.
    @inline(__always)
    init(_ bytes: UnsafePointer<UInt8>, from: UInt32, to: UInt32) {
        var last = Int(to) - 1
        while last > Int(from), bytes[last] != UInt8(ascii: "\"") { last -= 1 }
        start = bytes + Int(from) + 1
        count = max(0, last - Int(from) - 1)
    }

    var isEmpty: Bool { count == 0 }

    @inline(__always)
    func equals(_ other: StaticString) -> Bool {
        count == other.utf8CodeUnitCount && memcmp(start, other.utf8Start, count) == 0
    }

    func equals(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        return other.withUnsafeBytes { other in
            guard let base = other.baseAddress else { return true }
            return memcmp(start, base, count) == 0
        }
    }

    var hasEscapes: Bool { memchr(start, Int32(UInt8(ascii: "\\")), count) != nil }

    /// Appends the text, its escapes resolved; a lone half of a surrogate pair becomes U+FFFD.
    func append(to output: inout [UInt8]) {
        let bytes = UnsafeBufferPointer(start: start, count: count)
        guard hasEscapes else {
            output.append(contentsOf: bytes)
            return
        }
        JSONEscapes.resolve(bytes, into: &output)
    }

    /// The text as a string; what is not UTF-8 becomes U+FFFD.
    var string: String {
        guard hasEscapes else {
            return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
        }
        var output: [UInt8] = []
        append(to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}
