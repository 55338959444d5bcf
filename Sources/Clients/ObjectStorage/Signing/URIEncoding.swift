/// The `UriEncode` of AWS' signature documents: unreserved characters of RFC 3986 stay, every other byte of the UTF-8
/// becomes `%XX` in upper case. What is signed and what is sent must be the same text, so URLs are made here as well.
enum URIEncoding {
    /// For names and values of a query, where a slash is encoded too.
    static func query(_ text: String) -> String {
        encode(text, keepsSlash: false)
    }

    /// For a key in a path: slashes stay, also doubled ones and those at the ends.
    static func path(_ key: String) -> String {
        encode(key, keepsSlash: true)
    }

    private static func encode(_ text: String, keepsSlash: Bool) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte) || keepsSlash && byte == UInt8(ascii: "/") {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
