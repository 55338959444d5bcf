/// The parts of a URL that a configuration may get wrong. Strict where libcurl would guess.
public struct NetworkAddress: Hashable, Sendable {
    /// Lower case.
    public var scheme: String
    /// As written, percent-encoded.
    public var user: String?
    public var password: String?
    /// Without the brackets of an IPv6 address.
    public var host: String
    public var port: Int?
    /// From the first `/` on, with query and fragment; may be empty.
    public var path: String

    /// What is wrong with an address, in words that do not repeat it.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    /// - Parameter defaultScheme: for an address without one, which then needs a port.
    public init(_ text: String, schemes: [String], defaultScheme: String? = nil) throws(Problem) {
        guard !text.unicodeScalars.contains(where: { $0.value <= 32 || $0.value == 127 }) else {
            throw Problem(description: "there is white space in the URL")
        }
        var rest = text[...]
        if let separator = text.firstRange(of: "://") {
            scheme = text[..<separator.lowerBound].lowercased()
            rest = text[separator.upperBound...]
        } else if let defaultScheme {
            scheme = defaultScheme
        } else {
            throw Problem(description: "it does not begin with \(Self.listed(schemes.map { $0 + "://" }))")
        }
        guard schemes.contains(scheme) else {
            throw Problem(description: "what is before :// is not \(Self.listed(schemes))")
        }
        let authority = rest.prefix { !"/?#".contains($0) }
        path = String(rest.dropFirst(authority.count))
        var hostAndPort = authority
        if let at = authority.lastIndex(of: "@") {
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = parts.first.map(String.init)
            password = parts.count > 1 ? String(parts[1]) : nil
            hostAndPort = authority[authority.index(after: at)...]
        }
        (host, port) = try Self.hostAndPort(hostAndPort)
        guard !host.isEmpty else { throw Problem(description: "the URL has no host") }
        if port == nil, text.firstRange(of: "://") == nil { throw Problem(description: "there is no port") }
    }

    /// Splits `host:port`, `[v6]:port`, `:port` or `host`.
    static func hostAndPort(_ text: Substring) throws(Problem) -> (host: String, port: Int?) {
        if text.first != "[",
            let wrong = text.first(where: { !$0.isLetter && !$0.isNumber && !":-._~%".contains($0) })
        {
            throw Problem(description: "the host has a \"\("\(wrong)".shortened(to: 1))\" in it")
        }
        var host = text
        var digits: Substring?
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw Problem(description: "a \"[\" is not closed") }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else {
                throw Problem(description: "only \":port\" may follow \"]\"")
            }
            digits = rest.isEmpty ? nil : rest.dropFirst()
            guard !host.isEmpty, host.allSatisfy({ $0.isHexDigit || ":.%".contains($0) }) else {
                throw Problem(description: "what is in brackets is not an IPv6 address")
            }
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            digits = text[text.index(after: colon)...]
            guard digits?.contains(":") == false else {
                throw Problem(description: "there is more than one \":\", an IPv6 address goes in brackets")
            }
        }
        guard let digits else { return (String(host), nil) }
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(digits), (0...65535).contains(port)
        else {
            throw Problem(description: "the port is not a number from 0 to 65535")
        }
        return (String(host), port)
    }

    static func listed(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}
