/// A response whose body is read while it arrives. About 256 KiB are buffered; beyond that the peer has to wait until
/// `next` is called. One task reads at a time. Dropping the last reference cancels the transfer.
public final class HTTPStream: Sendable {
    public let status: Int
    /// Those of the final response only.
    public let headers: HTTPHeaders
    /// Where the response came from after all redirects, without user info and fragment.
    public let finalURL: String

    private let method: HTTPMethod
    private let displayURL: String
    private let pipe: ResponsePipe
    private let id: TransferID
    private let client: HTTPClient

    init(
        _ begin: HTTPTransfer.StreamHead, request: HTTPRequest, pipe: ResponsePipe, id: TransferID, client: HTTPClient
    ) {
        status = begin.head.status
        headers = begin.head.headers
        finalURL = begin.hop.url.text
        method = begin.hop.method
        displayURL = HTTPURL.display(of: finalURL, hidingPath: request.hidesPath)
        self.pipe = pipe
        self.id = id
        self.client = client
    }

    deinit {
        cancel()
    }

    /// What arrived since the last call, as one chunk that is never empty; waits if that is nothing. nil at the clean
    /// end of the body. What arrived before a failure is delivered before it is thrown; a cancellation does not wait.
    public func next() async throws(HTTPError) -> [UInt8]? {
        if Task.isCancelled { cancel() }
        let chunk = await withTaskCancellationHandler {
            await pipe.next { client.nudge(id) }
        } onCancel: {
            cancel()
        }
        switch chunk {
        case .success(let bytes): return bytes
        case .failure(let kind): throw error(kind)
        }
    }

    /// The rest of the body, if it is not longer than that; otherwise cancels the transfer and throws `bodyTooLarge`.
    public func read(maxBytes: Int) async throws(HTTPError) -> [UInt8] {
        var result: [UInt8] = []
        while let chunk = try await next() {
            guard result.count + chunk.count <= maxBytes else {
                cancel()
                throw error(.bodyTooLarge(limit: maxBytes))
            }
            if result.isEmpty { result = chunk } else { result += chunk }
        }
        return result
    }

    /// The next bytes of the body, as many as there are up to that, and the end of the transfer: for the text of an
    /// error, of which more would not help. A failure ends the text instead of being thrown.
    public func prefix(maxBytes: Int) async -> [UInt8] {
        var result: [UInt8] = []
        while result.count < maxBytes, let chunk = try? await next() { result += chunk.prefix(maxBytes - result.count) }
        cancel()
        return result
    }

    /// Throws `HTTPError.Kind.unsuccessful`, with the status and the beginning of the body, and cancels the transfer,
    /// unless the status is 2xx.
    @discardableResult
    public func requireSuccess() async throws(HTTPError) -> HTTPStream {
        guard (200...299).contains(status) else {
            throw error(.unsuccessful(status: status, text: excerpt(of: await prefix(maxBytes: excerptBytes))))
        }
        return self
    }

    /// Stops the transfer and closes its connection; a reader gets `cancelled`. Nothing happens after the end.
    public func cancel() {
        guard !pipe.isClosed else { return }
        client.cancel(id)
        pipe.close(.cancelled, discarding: true)
    }

    private func error(_ kind: HTTPError.Kind) -> HTTPError {
        HTTPError(method: method, url: displayURL, kind: kind)
    }
}
