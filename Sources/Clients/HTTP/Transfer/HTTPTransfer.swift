import CCurl

/// One request from the first connection to the end of the body, redirects included. Made, used and released on the
/// loop's thread; what other threads touch is in the pipes and promises, which are Sendable.
final class HTTPTransfer: Transfer {
    /// Who gets the response.
    enum Receiver: Sendable {
        case whole(Promise<HTTPResponse, HTTPError>)
        case stream(Promise<StreamHead, HTTPError>, ResponsePipe)
    }

    /// All a stream needs to know when it begins.
    struct StreamHead: Sendable {
        let head: ResponseHead
        let hop: Hop
    }

    let easy: EasyHandle
    let id: TransferID
    let context: LoopContext
    let request: HTTPRequest
    let configuration: HTTPClient.Configuration
    private let receiver: Receiver
    private let pipe: UploadPipe?

    private(set) var hop: Hop
    private var parser = ResponseHeadParser()
    private var head: ResponseHead?
    private var nextHop: Hop?
    /// Why we stopped the transfer; stronger than what libcurl then reports.
    private var failure: HTTPError.Kind?

    private var upload = OutgoingBody.none
    private var body: [UInt8] = []
    private var receivedBytes: Int64 = 0
    private var isReceivingPaused = false
    private var isSendingPaused = false
    private var isUploadAbandoned = false
    private let end: ContinuousClock.Instant?
    private var idle: IdleWatch?

    /// Beyond so much, a redirect's body is not worth reading to keep the connection.
    private static let redirectBodyLimit = 64 << 10
    /// Room taken before the first byte of a body whose length the peer announces: a peer can announce anything.
    private static let trustedLength = 64 << 20

    /// What a limit beyond that becomes, so that no arithmetic of time overflows: 30 years.
    private static let longestTimeout = Duration.seconds(1_000_000_000)

    init?(
        _ request: HTTPRequest, hop: Hop, pipe: UploadPipe?, configuration: HTTPClient.Configuration,
        receiver: Receiver, id: TransferID, context: LoopContext
    ) {
        guard let easy = EasyHandle() else { return nil }
        self.easy = easy
        self.request = request
        self.hop = hop
        self.pipe = pipe
        self.configuration = configuration
        self.receiver = receiver
        self.id = id
        self.context = context
        end = request.timeout.map { context.now + min($0, Self.longestTimeout) }
    }

    /// Sets the handle up for the current hop. False when libcurl refuses; the reason is kept for `stopped`.
    func prepare() -> Bool {
        parser = ResponseHeadParser()
        head = nil
        nextHop = nil
        receivedBytes = 0
        idle = nil
        isReceivingPaused = false
        isSendingPaused = false
        isUploadAbandoned = false
        upload = .none
        if hop.hasBody {
            if let pipe {
                upload = .pipe(pipe)
            } else if case .bytes(let bytes) = request.body {
                upload = .bytes(bytes, offset: 0)
            }
        }
        easy.reset()
        do {
            try applyOptions()
            return true
        } catch {
            failure = .other(code: Int(error.code.rawValue), text: error.text)
            return false
        }
    }

    // MARK: What libcurl calls

    /// The connection stands and the request is about to be sent.
    func isConnected() {
        guard let limit = request.idleTimeout else { return }
        idle = IdleWatch(limit: min(limit, Self.longestTimeout), now: context.now)
        context.flushAfterRound(id)
    }

    func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
        idle?.moved(at: context.now)
        do {
            guard let complete = try parser.add(line: line) else { return true }
            head = complete
            nextHop = try hop.next(after: complete)
            if let nextHop {
                if nextHop.hasBody, let pipe, !pipe.isUntouched {
                    throw HTTPError.Kind.upload(
                        "redirected (\(complete.status)) to \(display(nextHop)) when part of the body was sent; "
                            + "a streamed body cannot be sent again")
                }
                // A body that is still on its way has lost its destination.
                return upload.isComplete
            }
            return try begin(complete)
        } catch let invalid as ResponseHeadParser.Invalid {
            failure = .invalidResponse(invalid.reason)
        } catch let kind as HTTPError.Kind {
            failure = kind
        } catch {
            failure = .other(code: 0, text: "\(error)")
        }
        return false
    }

    /// The final response's head is there.
    private func begin(_ head: ResponseHead) throws(HTTPError.Kind) -> Bool {
        if head.status >= 300, !upload.isComplete {
            // libcurl sends no more of the body now, but it would wait for a paused one for ever.
            isUploadAbandoned = true
            pipe?.close()
            context.flushAfterRound(id)
        }
        switch receiver {
        case .stream(let promise, _): promise.keep(.success(StreamHead(head: head, hop: hop)))
        case .whole:
            guard hop.method != .head, head.headers["Content-Encoding"] == nil || !request.acceptEncoding,
                let length = head.headers["Content-Length"].flatMap({ Int($0) })
            else { return true }
            guard length <= request.maxBodyBytes else { throw .bodyTooLarge(limit: request.maxBodyBytes) }
            body.reserveCapacity(min(max(0, length), Self.trustedLength))
        }
        return true
    }

    func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
        idle?.moved(at: context.now)
        receivedBytes += Int64(bytes.count)
        if nextHop != nil { return receivedBytes <= Self.redirectBodyLimit }
        switch receiver {
        case .stream(_, let pipe):
            if !pipe.append(bytes) { pauseReceiving() }
            context.flushAfterRound(id)
        case .whole:
            guard body.count + bytes.count <= request.maxBodyBytes else {
                failure = .bodyTooLarge(limit: request.maxBodyBytes)
                return false
            }
            body.append(contentsOf: bytes)
        }
        return true
    }

    /// The number of bytes put into the buffer, or one of libcurl's magic numbers.
    func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard !isUploadAbandoned else { return Int(CURL_READFUNC_PAUSE) }
        idle?.moved(at: context.now)
        switch upload.take(into: buffer) {
        case .bytes(let count): return count
        case .end: return 0
        case .nothingYet:
            isSendingPaused = true
            return Int(CURL_READFUNC_PAUSE)
        case .failed(let reason):
            failure = .upload(reason)
            return Int(CURL_READFUNC_ABORT)
        }
    }

    /// libcurl wants to send the body again, on another connection.
    func rewind(to offset: Int64) -> Bool {
        upload.rewind(to: offset)
    }

    // MARK: Pauses

    private func pauseReceiving() {
        guard !isReceivingPaused else { return }
        isReceivingPaused = true
        applyPauses()
    }

    private func resumeReceiving() {
        guard isReceivingPaused else { return }
        isReceivingPaused = false
        idle?.moved(at: context.now)
        applyPauses()
    }

    private func resumeSending() {
        guard isSendingPaused else { return }
        isSendingPaused = false
        idle?.moved(at: context.now)
        applyPauses()
    }

    private func applyPauses() {
        let flags = (isReceivingPaused ? CURLPAUSE_RECV : 0) | (isSendingPaused ? CURLPAUSE_SEND : 0)
        // An error here is one of the connection, which libcurl also reports as the transfer's result.
        curl_easy_pause(easy.raw, flags)
    }

    // MARK: Transfer

    func nudged() {
        resumeSending()
        if isReceivingPaused { flush() }
    }

    func flush() {
        if isUploadAbandoned { resumeSending() }
        guard case .stream(_, let pipe) = receiver else { return }
        if pipe.flush() { resumeReceiving() }
    }

    var deadline: ContinuousClock.Instant? {
        // While the transfer waits for this side, the peer cannot be blamed for silence.
        guard let idle, !isReceivingPaused, !isSendingPaused else { return end }
        let next = idle.nextCheck(isSending: !upload.isComplete)
        return end.map { min($0, next) } ?? next
    }

    func expire() -> Bool {
        if let end, let timeout = request.timeout, context.now >= end {
            failure = .timeout(timeout)
            return false
        }
        guard !isReceivingPaused, !isSendingPaused else { return true }
        if idle?.isOver(at: context.now, sent: easy.get(offset: CURLINFO_SIZE_UPLOAD_T)) == true,
            let limit = request.idleTimeout
        {
            failure = .idle(limit)
            return false
        }
        return true
    }

    func finished(_ code: CURLcode) -> Bool {
        if failure == nil, let nextHop {
            hop = nextHop
            if prepare() { return true }
        }
        if failure == nil { failure = outcome(code) }
        conclude()
        return false
    }

    func stopped() {
        if failure == nil { failure = .cancelled }
        conclude()
    }

    private func outcome(_ code: CURLcode) -> HTTPError.Kind? {
        guard code != CURLE_OK else {
            // libcurl accepts an end of the connection in the middle of the headers.
            return head == nil ? .connectionClosed(receivedBytes: 0) : nil
        }
        return explain(code, receivedBytes: receivedBytes)
    }

    /// Tells whoever waits, exactly once.
    private func conclude() {
        pipe?.close()
        let error = failure.map { HTTPError(method: hop.method, url: display(hop), kind: $0) }
        switch receiver {
        case .whole(let promise):
            if let error {
                promise.keep(.failure(error))
            } else if let head {
                var response = HTTPResponse(
                    status: head.status, headers: head.headers, body: body, finalURL: hop.url.text, method: hop.method)
                response.hidesPath = request.hidesPath
                promise.keep(.success(response))
            }
        case .stream(let promise, let pipe):
            if let error { promise.keep(.failure(error)) }
            pipe.close(failure, discarding: failure == .cancelled)
        }
    }

    private func display(_ hop: Hop) -> String {
        HTTPURL.display(of: hop.url.text, hidingPath: request.hidesPath)
    }
}

extension HTTPTransfer.Receiver {
    /// There will be no transfer.
    func refuse(_ error: HTTPError) {
        switch self {
        case .whole(let promise): promise.keep(.failure(error))
        case .stream(let promise, _): promise.keep(.failure(error))
        }
    }
}
