/// The name of an image, taken apart: `[host[:port]/]path[:tag][@digest]`.
public struct ImageReference: Sendable, Equatable, CustomStringConvertible {
    /// Host and perhaps port of the registry; nil: Docker Hub.
    public let registry: String?
    /// As it was given, with the registry.
    public let repository: String
    public let tag: String?
    /// `sha256:…`.
    public let digest: String?

    /// What is before the first slash is a registry when it has a dot or a colon in it, or is `localhost`; that is
    /// Docker's own rule. nil when there is no name, tag or digest where one should be.
    public init?(_ text: String) {
        var rest = text[...]
        if let at = rest.lastIndex(of: "@") {
            let digest = rest[rest.index(after: at)...]
            guard digest.contains(":"), digest.utf8.allSatisfy({ $0 > UInt8(ascii: " ") && $0 < 0x7F }) else {
                return nil
            }
            self.digest = String(digest)
            rest = rest[..<at]
        } else {
            digest = nil
        }
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            let tag = rest[rest.index(after: colon)...]
            guard !tag.isEmpty, tag.utf8.count <= 128 else { return nil }
            self.tag = String(tag)
            rest = rest[..<colon]
        } else {
            tag = nil
        }
        guard !rest.isEmpty, rest.first != "/", rest.last != "/",
            rest.utf8.allSatisfy({ $0 > UInt8(ascii: " ") && $0 < 0x7F })
        else { return nil }
        repository = String(rest)
        let first = rest.prefix { $0 != "/" }
        let isRegistry =
            first.endIndex < rest.endIndex
            && (first.contains(".") || first.contains(":") || first == "localhost" || first != first.lowercased()[...])
        registry = isRegistry ? String(first) : nil
    }

    /// What to ask for: the digest, else the tag, else `latest`.
    var wanted: String { digest ?? tag ?? "latest" }

    public var description: String {
        repository + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }
}
