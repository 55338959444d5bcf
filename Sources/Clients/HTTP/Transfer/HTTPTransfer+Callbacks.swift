import CCurl

extension HTTPTransfer {
    /// libcurl gets the transfer unretained: the loop holds it as long as its handle can run.
    func applyCallbacks() throws(CurlFailure) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        for option in [CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_READDATA, CURLOPT_SEEKDATA, CURLOPT_PREREQDATA] {
            try easy.set(option, pointer: context)
        }
        try easy.set(CURLOPT_HEADERFUNCTION) { data, size, count, context in
            let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
            return HTTPTransfer.from(context)?.receive(headerLine: bytes) == true ? bytes.count : refused
        }
        try easy.set(CURLOPT_WRITEFUNCTION) { data, size, count, context in
            let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
            return HTTPTransfer.from(context)?.receive(body: bytes) == true ? bytes.count : refused
        }
        try easy.set(CURLOPT_READFUNCTION) { data, size, count, context in
            let buffer = UnsafeMutableRawBufferPointer(start: data, count: size * count)
            return HTTPTransfer.from(context)?.send(into: buffer) ?? Int(CURL_READFUNC_ABORT)
        }
        try easy.setSeekCallback { context, offset, origin in
            guard origin == SEEK_SET, HTTPTransfer.from(context)?.rewind(to: Int64(offset)) == true else {
                return CURL_SEEKFUNC_FAIL
            }
            return CURL_SEEKFUNC_OK
        }
        try easy.setPrerequestCallback { context, _, _, _, _ in
            HTTPTransfer.from(context)?.isConnected()
            return CURL_PREREQFUNC_OK
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> HTTPTransfer? {
        context.map { Unmanaged<HTTPTransfer>.fromOpaque($0).takeUnretainedValue() }
    }
}

/// What a data callback returns to end the transfer: no piece has this length.
private let refused = Int.max
