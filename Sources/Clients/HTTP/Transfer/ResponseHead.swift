/// Status line and headers of a final response.
struct ResponseHead: Sendable, Equatable {
    var status: Int
    var headers: HTTPHeaders
}

/// Puts a head together from the lines libcurl delivers: those of interim responses (1xx) come first and are dropped,
/// trailers come last and are dropped. RFC 9112 §4 and §5.
struct ResponseHeadParser {
    /// Bytes of all lines together, interim responses included.
    static let limit = 256 << 10

    private var head: ResponseHead?
    private var isComplete = false
    private var size = 0

    struct Invalid: Error {
        let reason: String
    }

    /// The final head with the empty line that ends it, otherwise nil.
    mutating func add(line: UnsafeRawBufferPointer) throws(Invalid) -> ResponseHead? {
        size += line.count
        guard size <= Self.limit else { throw Invalid(reason: "headers of more than \(Self.limit) bytes") }
        guard !isComplete else { return nil }
        let bytes = line.trimmingHTTPSpace()
        if let first = line.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\t"), !bytes.isEmpty {
            head?.headers.foldIntoLast(String(decoding: bytes, as: UTF8.self))
        } else if bytes.starts(with: "HTTP/".utf8) {
            guard let status = Self.status(of: bytes) else { throw Invalid(reason: "no status in its first line") }
            head = ResponseHead(status: status, headers: HTTPHeaders())
        } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
            let name = UnsafeRawBufferPointer(rebasing: bytes[..<colon]).trimmingHTTPSpace()
            let value = UnsafeRawBufferPointer(rebasing: bytes[(colon + 1)...]).trimmingHTTPSpace()
            head?.headers.add(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        } else if bytes.isEmpty, let head {
            // 101 is final: whatever follows is not HTTP any more.
            guard head.status >= 200 || head.status == 101 else {
                self.head = nil
                return nil
            }
            isComplete = true
            return head
        }
        return nil
    }

    private static func status(of line: UnsafeRawBufferPointer) -> Int? {
        guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        let digits = line[(space + 1)...].drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: " ") }
        guard digits.count == 3 else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}

extension UnsafeRawBufferPointer {
    /// Without spaces, tabs and line ends around it.
    fileprivate func trimmingHTTPSpace() -> UnsafeRawBufferPointer {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeRawBufferPointer(rebasing: self[first...last])
    }
}
