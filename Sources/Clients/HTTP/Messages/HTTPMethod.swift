/// A request's method; any token of RFC 9110 §5.6.2 is possible: `HTTPMethod("PROPFIND")`.
public struct HTTPMethod: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// As it is sent. Methods are case-sensitive.
    public let rawValue: String

    public init(_ rawValue: String) {
        self.rawValue = rawValue
    }

    public init(stringLiteral value: String) {
        self.init(value)
    }

    public var description: String { rawValue }

    public static let get = HTTPMethod("GET")
    public static let post = HTTPMethod("POST")
    public static let put = HTTPMethod("PUT")
    public static let delete = HTTPMethod("DELETE")
    public static let head = HTTPMethod("HEAD")
    public static let patch = HTTPMethod("PATCH")

    var isValid: Bool { isHTTPToken(rawValue) }

    /// Methods whose requests mean to carry a body, so that an absent one is announced with `Content-Length: 0`.
    var expectsBody: Bool { self == .post || self == .put || self == .patch }
}

/// Whether the text is a `token` of RFC 9110 §5.6.2: what methods and header names are made of.
func isHTTPToken(_ text: String) -> Bool {
    !text.isEmpty
        && text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
}
