import CCurl
import Glibc

extension HTTPTransfer {
    /// libcurl's code, and what it left in the handle, as something an operator can use.
    func explain(_ code: CURLcode, receivedBytes: Int64) -> HTTPError.Kind {
        let text = easy.lastErrorText.isEmpty ? curlText(code) : printable(easy.lastErrorText, limit: 500)
        let errno = Int32(easy.get(long: CURLINFO_OS_ERRNO))
        let other = HTTPError.Kind.other(code: Int(code.rawValue), text: text)
        if let proxy = proxyFailure(code, text: text, errno: errno) { return proxy }
        switch code {
        case CURLE_URL_MALFORMAT: return .invalidURL(text)
        case CURLE_COULDNT_RESOLVE_HOST: return .couldNotResolve(host: hop.url.host)
        case CURLE_COULDNT_CONNECT: return connectFailure(errno: errno, text: text)
        // The other time limits are not libcurl's here.
        case CURLE_OPERATION_TIMEDOUT: return .connectTimeout(request.connectTimeout)
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING: return .connectionClosed(receivedBytes: receivedBytes)
        // An alert that comes after the handshake: the server wants a certificate, most often.
        case CURLE_RECV_ERROR where text.contains(" alert "), CURLE_SEND_ERROR where text.contains(" alert "):
            return .tls(text)
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR:
            // TLS connections that end without a farewell have no errno.
            let isClosed = [ECONNRESET, EPIPE, ECONNABORTED].contains(errno) || hop.url.scheme == "https"
            return isClosed ? .connectionClosed(receivedBytes: receivedBytes) : other
        case CURLE_SEND_FAIL_REWIND:
            return .upload("the connection was lost; a streamed body cannot be sent again")
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING,
            CURLE_HTTP2, CURLE_HTTP2_STREAM:
            return .invalidResponse(text)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CLIENTCERT, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_ENGINE_INITFAILED,
            CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED:
            return .tls(text)
        default: return other
        }
    }

    private func connectFailure(errno: Int32, text: String) -> HTTPError.Kind {
        switch errno {
        case 0: .couldNotConnect(text)
        case ECONNREFUSED: .connectionRefused
        case ETIMEDOUT: .connectTimeout(request.connectTimeout)
        default:
            if let path = request.unixSocket {
                .couldNotConnect("\(path): \(systemText(errno))")
            } else {
                .couldNotConnect(systemText(errno))
            }
        }
    }

    private func proxyFailure(_ code: CURLcode, text: String, errno: Int32) -> HTTPError.Kind? {
        let answer = easy.get(long: CURLINFO_HTTP_CONNECTCODE)
        switch code {
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: return .proxy(text)
        case CURLE_RECV_ERROR where answer >= 300: return .proxy("it answered CONNECT with status \(answer)")
        case CURLE_COULDNT_CONNECT where request.unixSocket == nil && text.hasPrefix("Failed to connect to "):
            // libcurl 7.88 does not say whether a proxy was used, but it names the host it could not reach.
            let host = text.dropFirst("Failed to connect to ".count).prefix { $0 != " " }
            let wanted = hop.url.host.trimmingBrackets()
            guard !host.isEmpty, !String(host).equalsIgnoringASCIICase(wanted), configuration.proxy != .none else {
                return nil
            }
            return .proxy("\(host): \(errno == 0 ? text : systemText(errno))")
        default: return nil
        }
    }
}

/// The system's words for an errno: "no route to host".
package func systemText(_ errno: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(errno, &buffer, buffer.count) == 0 else { return "error \(errno)" }
    let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.isEmpty ? "error \(errno)" : text.prefix(1).lowercased() + text.dropFirst()
}

extension String {
    /// An IPv6 address without the brackets it has in a URL.
    func trimmingBrackets() -> String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self
    }
}
