/// The parts of an endpoint's URL.
struct EndpointURL: Sendable, Equatable {
    var isSecure: Bool
    /// In lower case, an IPv6 address in brackets.
    var host: String
    /// nil: the scheme's own.
    var port: Int?
    /// Empty, or beginning with a slash and not ending with one. As in the URL, which means encoded.
    var path: String

    init(isSecure: Bool = true, host: String, port: Int? = nil, path: String = "") {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.path = path
    }

    /// `https://host`, `http://host:port/path`.
    init(_ text: String) throws(ObjectEndpoint.Invalid) {
        guard let mark = text.firstRange(of: "://") else {
            throw ObjectEndpoint.Invalid(text, "it does not begin with https:// or http://")
        }
        switch text[..<mark.lowerBound].lowercased() {
        case "https": isSecure = true
        case "http": isSecure = false
        default: throw ObjectEndpoint.Invalid(text, "it does not begin with https:// or http://")
        }
        let rest = text[mark.upperBound...]
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw ObjectEndpoint.Invalid(text, "a query or a fragment has no place in it")
        }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else {
            throw ObjectEndpoint.Invalid(text, "the keys are settings of their own, and not part of it")
        }
        path = String(rest[authority.endIndex...])
        while path.hasSuffix("/") { path.removeLast() }
        let digits = authority.reversed().prefix { $0.isASCII && $0.isNumber }
        let name = authority.dropLast(digits.count)
        if name.hasSuffix(":") {
            host = name.dropLast().lowercased()
            guard let number = Int(String(digits.reversed())), (1...65_535).contains(number) else {
                throw ObjectEndpoint.Invalid(text, "it has no port after the colon")
            }
            port = number == (isSecure ? 443 : 80) ? nil : number
        } else {
            host = authority.lowercased()
            port = nil
        }
        let isName = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#"\<>"{}|^`%"#.utf8.contains($0) }
        let isAddress = host.hasPrefix("[") && host.hasSuffix("]") && host.utf8.count > 2
        guard isName, !host.isEmpty, isAddress || !host.contains(where: { ":[]".contains($0) }),
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw ObjectEndpoint.Invalid(text, "it has no host, or something in it must be percent-encoded") }
    }

    var scheme: String { isSecure ? "https" : "http" }

    /// As in a `Host` header.
    var authority: String { host + (port.map { ":\($0)" } ?? "") }

    /// Whether a label can be put before the host: not before addresses, nor before names of one label, for which there
    /// is hardly ever a wildcard in the DNS.
    var canHaveSubdomains: Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isAddress = host.hasPrefix("[") || labels.count == 4 && labels.allSatisfy { UInt8($0) != nil }
        return labels.count > 1 && !isAddress
    }
}
