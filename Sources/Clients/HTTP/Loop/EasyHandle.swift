import CCurl
import Glibc

/// One libcurl easy handle with what it points to. Belongs to the loop's thread, like everything of curl.
package final class EasyHandle {
    package let raw: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var lists: [UnsafeMutablePointer<curl_slist>] = []

    /// nil when libcurl is out of memory.
    package init?() {
        guard let raw = curl_easy_init() else { return nil }
        self.raw = raw
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(raw)
        for list in lists { curl_slist_free_all(list) }
        errorText.deallocate()
    }

    /// Forgets all options, for another go with the same connections. Not while the handle is in a loop.
    package func reset() {
        curl_easy_reset(raw)
        for list in lists { curl_slist_free_all(list) }
        lists = []
        errorText.pointee = 0
        _ = ccurl_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText)
    }

    package func set(_ option: CURLoption, _ value: Int) throws(CurlFailure) {
        try check(ccurl_set_long(raw, option, value))
    }

    package func set(_ option: CURLoption, _ value: Bool) throws(CurlFailure) {
        try set(option, value ? 1 : 0)
    }

    package func set(_ option: CURLoption, offset: Int64) throws(CurlFailure) {
        try check(ccurl_set_offset(raw, option, curl_off_t(offset)))
    }

    /// libcurl copies the text.
    package func set(_ option: CURLoption, _ value: String) throws(CurlFailure) {
        try check(ccurl_set_string(raw, option, value))
    }

    package func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) throws(CurlFailure) {
        try check(ccurl_set_pointer(raw, option, pointer))
    }

    /// libcurl does not copy the list: it is kept until the next reset.
    package func set(_ option: CURLoption, list values: [String]) throws(CurlFailure) {
        guard !values.isEmpty else { return }
        var list: UnsafeMutablePointer<curl_slist>?
        for value in values {
            guard let longer = curl_slist_append(list, value) else {
                curl_slist_free_all(list)
                throw CurlFailure(code: CURLE_OUT_OF_MEMORY)
            }
            list = longer
        }
        guard let list else { return }
        lists.append(list)
        try check(ccurl_set_list(raw, option, list))
    }

    package func set(_ option: CURLoption, callback: @escaping ccurl_data_callback) throws(CurlFailure) {
        try check(ccurl_set_data_callback(raw, option, callback))
    }

    func setSeekCallback(_ callback: @escaping ccurl_seek_callback) throws(CurlFailure) {
        try check(ccurl_set_seek_callback(raw, callback))
    }

    func setPrerequestCallback(_ callback: @escaping ccurl_prerequest_callback) throws(CurlFailure) {
        try check(ccurl_set_prerequest_callback(raw, callback))
    }

    /// All but the server's other name.
    package func set(_ options: TLSOptions) throws(CurlFailure) {
        let isOwn = options.caFile != nil || options.caPath != nil
        if let file = isOwn ? options.caFile : Self.trustedFile { try set(CURLOPT_CAINFO, file) }
        if let path = isOwn ? options.caPath : Self.trustedFolder { try set(CURLOPT_CAPATH, path) }
        if let file = options.certificateFile { try set(CURLOPT_SSLCERT, file) }
        if let file = options.keyFile { try set(CURLOPT_SSLKEY, file) }
        try set(CURLOPT_SSL_VERIFYPEER, options.verifyPeer)
        try set(CURLOPT_SSL_VERIFYHOST, options.verifyPeer ? 2 : 0)
    }

    /// Where OpenSSL's own programs and Go's look for authorities; libcurl knows only the system's.
    private static let trustedFile = variable("SSL_CERT_FILE")
    private static let trustedFolder = variable("SSL_CERT_DIR")

    private static func variable(_ name: String) -> String? {
        guard let text = getenv(name).map({ String(cString: $0) }), !text.isEmpty else { return nil }
        return text
    }

    package func get(long info: CURLINFO) -> Int {
        var value = 0
        return ccurl_get_long(raw, info, &value) == CURLE_OK ? value : 0
    }

    func get(offset info: CURLINFO) -> Int64 {
        var value: curl_off_t = 0
        return ccurl_get_offset(raw, info, &value) == CURLE_OK ? Int64(value) : 0
    }

    /// What libcurl says about the last failure; empty when it says nothing beyond the code.
    package var lastErrorText: String {
        String(cString: errorText)
    }

    private func check(_ code: CURLcode) throws(CurlFailure) {
        guard code == CURLE_OK else { throw CurlFailure(code: code) }
    }
}

/// libcurl refused an option.
package struct CurlFailure: Error {
    package let code: CURLcode

    package var text: String { curlText(code) }
}

/// libcurl's own words for a code.
package func curlText(_ code: CURLcode) -> String {
    curl_easy_strerror(code).map { String(cString: $0) } ?? "error \(code.rawValue)"
}
