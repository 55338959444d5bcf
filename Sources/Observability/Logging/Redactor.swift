import FoundationEssentials
import Synchronization

/// Keeps secrets out of the logs: every registered value, and the user info of every URL, becomes `***`.
///
/// Programs register each secret of their configuration before the first message is written, and again after a
/// reload; what was once a secret stays one. Safe to use from any thread.
public final class Redactor: Sendable {
    /// The one that the log handlers of this process use.
    public static let shared = Redactor()

    /// Shorter values are not registered: replacing them would eat ordinary words, and they are no secrets.
    public static let minimumLength = 4

    private static let mask = Array("***".utf8)
    private static let colon = UInt8(ascii: ":")
    private static let slash = UInt8(ascii: "/")
    /// What ends the authority of a URL in a message, besides blanks and control characters.
    private static let authorityEnds = Array("/?#\"<>\\".utf8)

    /// Longest first, so that a secret that contains another one is replaced as a whole.
    private let secrets = Mutex<Secrets>(Secrets())

    private struct Secrets: Sendable {
        var values: [[UInt8]] = []
        /// Which bytes a secret starts with; nearly every byte of a message is passed over with one look here.
        var firstBytes = [Bool](repeating: false, count: 256)
    }

    private let masksUserInfo: Bool

    /// A redactor that knows no secret yet.
    ///
    /// - Parameter masksUserInfo: whether the user info of URLs is a secret, too.
    public init(masksUserInfo: Bool = true) {
        self.masksUserInfo = masksUserInfo
    }

    /// Makes these values secret from now on, and what they look like in a URL and in JSON. Of a pair `user:password` the
    /// base64 is secret, too, as basic authentication sends it; see ``register(user:password:)``.
    ///
    /// Values shorter than ``minimumLength`` characters are left out.
    public func register(_ values: some Sequence<String>) {
        var new: Set<[UInt8]> = []
        for value in values where value.count >= Self.minimumLength {
            new.insert(Array(value.utf8))
            new.insert(Self.percentEncoded(value))
            if let inJSON = Self.inJSON(value) { new.insert(inJSON) }
            if value.contains(":") { new.insert(Self.base64(value)) }
        }
        guard !new.isEmpty else { return }
        secrets.withLock { secrets in
            let all = new.union(secrets.values)
            secrets.values = all.sorted { ($1.count, $0.first ?? 0) < ($0.count, $1.first ?? 0) }
            for value in all {
                if let first = value.first { secrets.firstBytes[Int(first)] = true }
            }
        }
    }

    /// Makes a password secret, and the credentials of basic authentication (RFC 7617) that it is part of.
    public func register(user: String, password: String) {
        register([password])
        guard password.count >= Self.minimumLength else { return }
        let credentials = Self.base64("\(user):\(password)")
        register([String(decoding: credentials, as: UTF8.self)])
    }

    private static func base64(_ text: String) -> [UInt8] {
        Array(Data(text.utf8).base64EncodedString().utf8)
    }

    /// With the escapes that JSON needs, if it needs any.
    private static func inJSON(_ value: String) -> [UInt8]? {
        guard value.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || $0 < 0x20 }) else {
            return nil
        }
        let hex = Array("0123456789abcdef".utf8)
        return value.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
            case 10: Array("\\n".utf8)
            case 13: Array("\\r".utf8)
            case 9: Array("\\t".utf8)
            case ..<0x20: Array("\\u00".utf8) + [hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            default: [byte]
            }
        }
    }

    /// `text` with every secret in it replaced by `***`.
    public func redact(_ text: String) -> String {
        let secrets = secrets.withLock { $0 }
        var text = text
        let redacted = text.withUTF8 { Self.redact($0, secrets, masksUserInfo) }
        return redacted.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// The text without its secrets, or nil when it has none (the usual case, which costs no allocation).
    private static func redact(
        _ text: UnsafeBufferPointer<UInt8>, _ secrets: Secrets, _ masksUserInfo: Bool
    ) -> [UInt8]? {
        var output: [UInt8]?
        var copied = 0  // everything before this index is in `output`, or needs no copy
        var index = 0
        func replace(_ range: Range<Int>) {
            output = (output ?? []) + text[copied..<range.lowerBound] + mask
            copied = range.upperBound
            index = range.upperBound
        }
        scan: while index < text.count {
            if secrets.firstBytes[Int(text[index])] {
                for secret in secrets.values where text[index...].starts(with: secret) {
                    replace(index..<(index + secret.count))
                    continue scan
                }
            }
            if masksUserInfo, text[index] == colon, let userInfo = userInfo(in: text, after: index) {
                replace(userInfo)
            } else {
                index += 1
            }
        }
        return output.map { $0 + text[copied...] }
    }

    /// Where the user info of a URL lies whose scheme ends at `colon`, if that is what is there (RFC 3986, 3.2.1).
    private static func userInfo(in text: UnsafeBufferPointer<UInt8>, after colon: Int) -> Range<Int>? {
        let start = colon + 3
        guard start < text.count, text[colon + 1] == slash, text[colon + 2] == slash else { return nil }
        var at: Int?
        for index in start..<text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "@") { at = index }
            if byte <= 0x20 || authorityEnds.contains(byte) { break }
        }
        return at.flatMap { $0 > start ? start..<$0 : nil }
    }

    private static func percentEncoded(_ value: String) -> [UInt8] {
        let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        let hex = Array("0123456789ABCDEF".utf8)
        return value.utf8.flatMap { byte in
            unreserved.contains(byte) ? [byte] : [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
        }
    }
}
