import CCurl

extension HTTPTransfer {
    /// Bodies at least this large wait for a `100 Continue` (at most a second), so that a refusal comes before them.
    private static let expectThreshold: Int64 = 1 << 20
    private static let bufferBytes = 128 << 10
    /// Decompression multiplies what one buffer holds, and a paused transfer has to keep the result.
    private static let compressedBufferBytes = 16 << 10

    func applyOptions() throws(CurlFailure) {
        try easy.set(CURLOPT_URL, hop.url.text)
        try easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        try easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        try easy.set(CURLOPT_PATH_AS_IS, true)
        try easy.set(CURLOPT_USERAGENT, configuration.userAgent)
        try easy.set(CURLOPT_NOSIGNAL, true)
        // Without it, giving up on a name that is being resolved blocks the loop until the resolver returns.
        try easy.set(CURLOPT_QUICK_EXIT, true)
        try easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
        try easy.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, request.connectTimeout.milliseconds))
        try easy.set(CURLOPT_BUFFERSIZE, request.acceptEncoding ? Self.compressedBufferBytes : Self.bufferBytes)
        if request.acceptEncoding { try easy.set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate") }
        if request.tcpKeepAlive || request.idleTimeout == nil {
            try easy.set(CURLOPT_TCP_KEEPALIVE, true)
            try easy.set(CURLOPT_TCP_KEEPIDLE, 30)
            try easy.set(CURLOPT_TCP_KEEPINTVL, 10)
        }
        if request.isSentOnce { try easy.set(CURLOPT_FRESH_CONNECT, true) }
        try applyCallbacks()
        try applyRoute()
        try applyTLS(request.tls ?? configuration.tls)
        try applyCredentials()
        try applyMethod()
    }

    private func applyRoute() throws(CurlFailure) {
        if let path = request.unixSocket {
            try easy.set(CURLOPT_UNIX_SOCKET_PATH, path)
            try easy.set(CURLOPT_PROXY, "")
        } else {
            switch configuration.proxy {
            case .environment: break
            case .none: try easy.set(CURLOPT_PROXY, "")
            case .url(let url): try easy.set(CURLOPT_PROXY, url)
            }
        }
    }

    private func applyTLS(_ options: TLSOptions) throws(CurlFailure) {
        guard hop.url.scheme == "https" else { return }
        try easy.set(options)
        // libcurl checks and announces the URL's host: so the URL gets the name, and the connection the old host.
        if let name = options.serverName, let renamed = hop.url.onHost(name) {
            try easy.set(CURLOPT_URL, renamed.text)
            let (host, port) = (hop.url.host, hop.url.port)
            try easy.set(CURLOPT_CONNECT_TO, list: ["\(name):\(port):\(host):\(port)"])
        }
    }

    private func applyCredentials() throws(CurlFailure) {
        switch hop.credentials {
        case .none: break
        case .basic(let user, let password):
            try easy.set(CURLOPT_HTTPAUTH, Int(basicAuthentication))
            try easy.set(CURLOPT_USERNAME, user)
            try easy.set(CURLOPT_PASSWORD, password)
        case .bearer(let token):
            try easy.set(CURLOPT_HTTPAUTH, Int(bearerAuthentication))
            try easy.set(CURLOPT_XOAUTH2_BEARER, token)
        }
    }

    private func applyMethod() throws(CurlFailure) {
        var lines = hop.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        let length = hop.hasBody ? request.body.length : 0
        if hop.hasBody || hop.method.expectsBody {
            try easy.set(CURLOPT_UPLOAD, true)
            try easy.set(CURLOPT_INFILESIZE_LARGE, offset: length ?? -1)
            if !hop.headers.contains("Expect") {
                lines.append((length ?? 0) >= Self.expectThreshold ? "Expect: 100-continue" : "Expect:")
            }
            if case .stream = request.body, hop.hasBody {
                // On a kept connection that the server closes just now, libcurl would have to send the body twice.
                try easy.set(CURLOPT_FRESH_CONNECT, true)
            }
        } else {
            try easy.set(CURLOPT_HTTPGET, true)
        }
        if hop.method == .head {
            try easy.set(CURLOPT_NOBODY, true)
        } else {
            try easy.set(CURLOPT_CUSTOMREQUEST, hop.method.rawValue)
        }
        if (request.tls ?? configuration.tls).serverName != nil, hop.url.scheme == "https",
            !hop.headers.contains("Host")
        {
            lines.append("Host: \(hop.url.authority)")
        }
        try easy.set(CURLOPT_HTTPHEADER, list: lines)
    }
}

/// `CURLAUTH_BASIC` and `CURLAUTH_BEARER`, which are casts in C and so invisible here.
private let basicAuthentication = 1
private let bearerAuthentication = 1 << 6
