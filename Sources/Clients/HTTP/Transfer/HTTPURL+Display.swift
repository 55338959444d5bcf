extension HTTPURL {
    /// Query parameters whose value is a secret, in lower case: pre-signed object URLs and the usual token names.
    private static let secretParameters: Set<String> = [
        "x-amz-signature", "x-amz-credential", "x-amz-security-token", "signature", "awsaccesskeyid", "sig", "token",
        "access_token", "auth", "key", "api_key", "apikey", "password", "secret", "client_secret",
    ]

    /// Any text given as URL, fit for an error or a log line: no user info, no fragment, no secret query parameters, no
    /// control characters, at most 1000 characters; only scheme and host when the path is a secret.
    static func display(of text: String, hidingPath: Bool) -> String {
        let parts = Split(text)
        var shown = String(parts.scheme + parts.authority)
        if hidingPath {
            if !parts.path.isEmpty { shown += "/…" }
        } else {
            shown += parts.path
            if let query = parts.query { shown += "?" + redacted(query) }
        }
        return printable(shown, limit: 1000)
    }

    private static func redacted(_ query: Substring) -> String {
        query.split(separator: "&", omittingEmptySubsequences: false)
            .map { parameter in
                let name = parameter.prefix { $0 != "=" }
                guard name.endIndex != parameter.endIndex, secretParameters.contains(name.lowercased()) else {
                    return String(parameter)
                }
                return name + "=…"
            }
            .joined(separator: "&")
    }

    /// Works on texts that are no URL at all, because those are shown, too.
    private struct Split {
        /// With "://", or empty.
        let scheme: Substring
        let authority: Substring
        let path: Substring
        let query: Substring?

        init(_ text: String) {
            let withoutFragment = text.prefix { $0 != "#" }
            var rest = withoutFragment
            var scheme: Substring = ""
            if let slashes = withoutFragment.firstIndex(of: "/"), withoutFragment[slashes...].hasPrefix("//") {
                let start = withoutFragment.index(slashes, offsetBy: 2)
                scheme = withoutFragment[..<start]
                rest = withoutFragment[start...]
            }
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            rest = rest[authority.endIndex...]
            self.scheme = scheme
            if let at = authority.lastIndex(of: "@") {
                self.authority = authority[authority.index(after: at)...]
            } else {
                self.authority = authority
            }
            path = rest.prefix { $0 != "?" }
            query = path.endIndex == rest.endIndex ? nil : rest[rest.index(after: path.endIndex)...]
        }
    }
}
