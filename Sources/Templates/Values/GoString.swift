/// A Go string: any bytes, usually UTF-8. Two are equal when their bytes are, unlike Swift's strings, for which
/// differently composed characters are the same.
public struct GoString: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public var bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(_ text: some StringProtocol) {
        bytes = Array(text.utf8)
    }

    public init(stringLiteral value: String) {
        bytes = Array(value.utf8)
    }

    /// The text; every byte that is not UTF-8 becomes U+FFFD, as when Go converts a string to runes.
    public var description: String { String(goBytes: bytes[...]) }

    public static func < (left: GoString, right: GoString) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension String {
    /// Text from bytes; each byte that does not belong to valid UTF-8 becomes one U+FFFD (Swift alone would join some).
    init(goBytes bytes: ArraySlice<UInt8>) {
        if let text = String(validating: bytes, as: UTF8.self) {
            self = text
            return
        }
        var scalars = String.UnicodeScalarView()
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let rune = Rune.decode(bytes, at: position)
            scalars.append(rune.scalar)
            position += rune.width
        }
        self.init(scalars)
    }
}

extension [UInt8] {
    mutating func append(_ scalar: Unicode.Scalar) {
        if scalar.isASCII {
            append(UInt8(truncatingIfNeeded: scalar.value))
        } else {
            append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [0xEF, 0xBF, 0xBD])
        }
    }

    mutating func append(_ text: String) {
        append(contentsOf: text.utf8)
    }
}
