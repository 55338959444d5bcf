/// Reads single elements out of the small XML documents that S3 answers with. It takes what is there: an element is
/// found wherever it is, with any prefix and attributes, and a document that ends too early has the elements before.
struct AnswerDocument: Sendable {
    private let text: String

    /// Bytes that are no UTF-8 are replaced, what is beyond a megabyte is not looked at.
    init(_ bytes: [UInt8]) {
        text = String(decoding: bytes.prefix(1 << 20), as: UTF8.self)
    }

    /// The name of the outermost element, without prefix; nil when there is none.
    var root: String? {
        tags().first { !$0.isEnd }?.name
    }

    /// The text of the first element of that name, references resolved; nil when there is none, or no end of it.
    subscript(name: String) -> String? {
        texts(of: name, limit: 1).first
    }

    /// The texts of all elements of that name that have no elements in them.
    func texts(of name: String, limit: Int = .max) -> [String] {
        var found: [String] = []
        var start: String.Index?
        for tag in tags() where found.count < limit {
            if tag.name == name, !tag.isEnd {
                if tag.isEmpty { found.append("") } else { start = tag.range.upperBound }
            } else if tag.name == name, let begin = start {
                found.append(Self.resolved(text[begin..<tag.range.lowerBound]))
                start = nil
            } else {
                start = nil
            }
        }
        return found
    }

    private struct Tag {
        var name: String
        var isEnd: Bool
        /// `<Name/>`
        var isEmpty: Bool
        var range: Range<String.Index>
    }

    private func tags() -> some Sequence<Tag> {
        sequence(state: text.startIndex) { [text] position -> Tag? in
            let bytes = text.utf8
            while let open = bytes[position...].firstIndex(of: UInt8(ascii: "<")),
                let close = bytes[open...].firstIndex(of: UInt8(ascii: ">"))
            {
                position = bytes.index(after: close)
                let inner = text[bytes.index(after: open)..<close]
                guard let first = inner.first, first != "?", first != "!" else { continue }
                let isEnd = first == "/"
                let name = (isEnd ? inner.dropFirst() : inner).prefix { !$0.isWhitespace && $0 != "/" }
                let local = name.lastIndex(of: ":").map { name[name.index(after: $0)...] } ?? name
                return Tag(
                    name: String(local), isEnd: isEnd, isEmpty: !isEnd && inner.hasSuffix("/"),
                    range: open..<position)
            }
            return nil
        }
    }

    /// The five references of XML and those by number; what is none stays as it is.
    private static func resolved(_ raw: Substring) -> String {
        guard raw.contains("&") else { return String(raw) }
        var result = ""
        var rest = raw
        while let ampersand = rest.firstIndex(of: "&") {
            result += rest[..<ampersand]
            rest = rest[ampersand...]
            if let end = rest.prefix(12).firstIndex(of: ";"),
                let scalar = scalar(rest[rest.index(after: ampersand)..<end])
            {
                result.unicodeScalars.append(scalar)
                rest = rest[rest.index(after: end)...]
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result + rest
    }

    private static func scalar(_ name: Substring) -> Unicode.Scalar? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard name.hasPrefix("#") else { return nil }
            let digits = name.dropFirst()
            let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return value.flatMap { Unicode.Scalar($0) }
        }
    }
}
