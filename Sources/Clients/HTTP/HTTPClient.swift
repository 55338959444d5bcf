import CCurl

/// An HTTP/1.1 client. All its exchanges share one event-loop thread, which starts with the first of them, and its
/// connections, which are kept for later requests.
///
/// A status is never an error here (see `HTTPResponse.requireSuccess`). Cancelling the task that waits in `send`, `open`
/// or `HTTPStream.next` stops the exchange and closes its connection.
public final class HTTPClient: Sendable {
    public let configuration: Configuration
    private let loop: CurlLoop

    public init(_ configuration: Configuration = .init()) {
        self.configuration = configuration
        loop = CurlLoop(
            limits: CurlLoop.Limits(
                cachedConnections: configuration.maxCachedConnections,
                connectionsPerHost: configuration.maxConnectionsPerHost))
    }

    deinit {
        loop.stop()
    }

    /// Sends the request and waits for the whole response, whose body may have at most `maxBodyBytes`.
    public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let promise = Promise<HTTPResponse, HTTPError>()
        let id = try start(request, for: .whole(promise))
        return try await outcome(of: promise, id).get()
    }

    /// Sends the request and returns as soon as the final response's head is there; the body is read from the stream,
    /// and the transfer waits when nobody reads. The stream keeps the client alive.
    public func open(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStream {
        let promise = Promise<HTTPTransfer.StreamHead, HTTPError>()
        let pipe = ResponsePipe(readsOnDemand: request.readsOnDemand)
        let id = try start(request, for: .stream(promise, pipe))
        let begin = try await outcome(of: promise, id).get()
        return HTTPStream(begin, request: request, pipe: pipe, id: id, client: self)
    }

    /// Cancels everything in flight, refuses what comes later (`cancelled`) and waits for the thread's end. May be
    /// called more than once. Also happens when the last reference goes away.
    public func shutdown() {
        loop.stop()
    }

    func cancel(_ id: TransferID) {
        loop.cancel(id)
    }

    func nudge(_ id: TransferID) {
        loop.nudge(id)
    }

    private func start(_ request: HTTPRequest, for receiver: HTTPTransfer.Receiver) throws(HTTPError) -> TransferID {
        let hop = try Hop(request)
        @Sendable func error(_ kind: HTTPError.Kind) -> HTTPError {
            HTTPError(
                method: request.method, url: HTTPURL.display(of: hop.url.text, hidingPath: request.hidesPath),
                kind: kind)
        }
        var upload: UploadPipe?
        if case .stream(let length, _) = request.body { upload = UploadPipe(length: length) }
        let id = loop.start { [upload, configuration] id, context in
            let transfer = HTTPTransfer(
                request, hop: hop, pipe: upload, configuration: configuration, receiver: receiver, id: id,
                context: context)
            guard let transfer else {
                upload?.close()
                receiver.refuse(error(.other(code: Int(CURLE_OUT_OF_MEMORY.rawValue), text: "out of memory")))
                return nil
            }
            guard transfer.prepare() else {
                transfer.stopped()
                return nil
            }
            return transfer
        }
        guard let id else { throw error(.cancelled) }
        if let upload, case .stream(_, let produce) = request.body {
            upload.start(produce) { [loop] in loop.nudge(id) }
        }
        return id
    }

    private func outcome<Value: Sendable>(
        of promise: Promise<Value, HTTPError>, _ id: TransferID
    ) async -> Result<Value, HTTPError> {
        await withTaskCancellationHandler {
            await promise.outcome()
        } onCancel: {
            loop.cancel(id)
        }
    }
}
