import CCurl

/// An http or https URL as libcurl understands it (RFC 3986, with its tolerance), without user info and fragment.
struct HTTPURL: Sendable, Equatable {
    let text: String
    let scheme: String
    /// As in the URL: an IPv6 address has its brackets.
    let host: String
    let port: Int

    /// User info as found in the URL, percent-decoded.
    struct UserInfo: Equatable {
        let user: String
        let password: String
    }

    /// Host and, where it is in the URL, port: what a `Host` header says.
    var authority: String {
        let rest = text.dropFirst(scheme.count + 3)
        return String(rest.prefix { $0 != "/" && $0 != "?" })
    }

    /// Why a text is no URL for us.
    struct Invalid: Error {
        let reason: String
    }

    static func parse(_ text: String) throws(Invalid) -> (url: HTTPURL, userInfo: UserInfo?) {
        guard !text.utf8.contains(0) else { throw Invalid(reason: "it contains a NUL") }
        // libcurl takes one slash or three for two, and the path for a host.
        guard let slashes = text.firstRange(of: "://"), text[slashes.upperBound...].first != "/" else {
            throw Invalid(reason: "it does not begin with http://host or https://host")
        }
        guard let parts = Parts() else { throw Invalid(reason: "out of memory") }
        // Dot segments stay: object keys and signatures are made over the path as it is.
        try parts.set(text, flags: UInt32(CURLU_PATH_AS_IS) | UInt32(CURLU_NON_SUPPORT_SCHEME))
        return try parts.finished()
    }

    static func parsed(_ text: String) -> HTTPURL? {
        try? parse(text).url
    }

    /// The URL a `Location` header means, absolute, scheme-relative, path-absolute or relative; nil when that is not
    /// http(s). User info in it is dropped: a redirect does not get to choose the credentials.
    func resolving(_ location: String) -> HTTPURL? {
        guard !location.utf8.contains(0), let parts = Parts() else { return nil }
        do {
            try parts.set(text, flags: UInt32(CURLU_PATH_AS_IS))
            // As browsers and curl do: spaces and bytes above 127 in a location are encoded.
            try parts.set(location, flags: UInt32(CURLU_URLENCODE) | UInt32(CURLU_NON_SUPPORT_SCHEME))
            return try parts.finished().url
        } catch {
            return nil
        }
    }

    /// Scheme, host and port are the same: who may see one URL's credentials may see them for the other.
    func hasSameOrigin(as other: HTTPURL) -> Bool {
        scheme == other.scheme && host.equalsIgnoringASCIICase(other.host) && port == other.port
    }

    /// The same URL on another host; nil when that is not a host.
    func onHost(_ host: String) -> HTTPURL? {
        guard !host.utf8.contains(0), let parts = Parts() else { return nil }
        do {
            try parts.set(text, flags: UInt32(CURLU_PATH_AS_IS))
            try parts.set(host, part: CURLUPART_HOST)
            return try parts.finished().url
        } catch {
            return nil
        }
    }
}

/// A CURLU handle, freed with the object.
private final class Parts {
    private let handle: OpaquePointer

    init?() {
        guard let handle = curl_url() else { return nil }
        self.handle = handle
    }

    deinit {
        curl_url_cleanup(handle)
    }

    func set(_ text: String, part: CURLUPart = CURLUPART_URL, flags: UInt32 = 0) throws(HTTPURL.Invalid) {
        try check(curl_url_set(handle, part, text, flags))
    }

    /// Takes user info and fragment out, and reads the rest.
    func finished() throws(HTTPURL.Invalid) -> (url: HTTPURL, userInfo: HTTPURL.UserInfo?) {
        let scheme = try get(CURLUPART_SCHEME) ?? ""
        guard scheme == "http" || scheme == "https" else {
            throw HTTPURL.Invalid(reason: "only http and https are supported")
        }
        let user = try get(CURLUPART_USER, flags: UInt32(CURLU_URLDECODE))
        let password = try get(CURLUPART_PASSWORD, flags: UInt32(CURLU_URLDECODE))
        for part in [CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_FRAGMENT] {
            try check(curl_url_set(handle, part, nil, 0))
        }
        guard let text = try get(CURLUPART_URL), let host = try get(CURLUPART_HOST), !host.isEmpty,
            let port = try get(CURLUPART_PORT, flags: UInt32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) })
        else { throw HTTPURL.Invalid(reason: "it has no host") }
        let userInfo = user.map { HTTPURL.UserInfo(user: $0, password: password ?? "") }
        return (HTTPURL(text: text, scheme: scheme, host: host, port: port), userInfo)
    }

    /// nil when the URL has no such part.
    private func get(_ part: CURLUPart, flags: UInt32 = 0) throws(HTTPURL.Invalid) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        let code = curl_url_get(handle, part, &text, flags)
        defer { curl_free(text) }
        switch code {
        case CURLUE_NO_USER, CURLUE_NO_PASSWORD, CURLUE_NO_HOST, CURLUE_NO_PORT, CURLUE_NO_SCHEME: return nil
        default: try check(code)
        }
        return text.map { String(cString: $0) }
    }

    private func check(_ code: CURLUcode) throws(HTTPURL.Invalid) {
        guard code != CURLUE_OK else { return }
        throw HTTPURL.Invalid(reason: curl_url_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)")
    }
}
