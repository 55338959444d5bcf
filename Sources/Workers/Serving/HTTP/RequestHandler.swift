import Complaints
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

/// The way of a request: finds its page and writes what that answers.
struct RequestHandler: Sendable {
    let routes: [Route]
    let site: Site
    let logger: Logger
    /// Clients that take large replies slowly hold memory.
    private let large = Slots(16)

    /// What is written at once: larger bodies go in pieces, so that a slow client is known from one that takes nothing.
    private static let pieceBytes = 64 * 1024

    init(routes: [Route], site: Site, logger: Logger) {
        self.routes = routes
        self.site = site
        self.logger = logger
    }

    /// Returns when the client has taken the response, but for what the kernel and NIO buffer of it: about 300 kB.
    func respond(to request: Request, _ writer: consuming ResponseWriter, on channel: any Channel) async throws {
        var reply = await reply(to: request, on: channel)
        let isLarge = request.method != .head && reply.body.readableBytes > Self.pieceBytes
        let mayBeLarge = isLarge && large.enter()
        defer { if mayBeLarge { large.leave() } }
        if isLarge, !mayBeLarge {
            reply = .failure("too many clients read slowly; try again later", status: .serviceUnavailable)
        }
        logger.debug("\(request.method) \(request.uri.path.shortened(to: 200)): \(reply.status.code)")
        let head = head(of: reply)
        guard request.method != .head else {
            return try await writer.writeResponse(head)
        }
        guard mayBeLarge else {
            return try await writer.write(response: head, body: ResponseBody(byteBuffer: reply.body))
        }
        var rest = reply.body
        var body = try await writer.writeHead(head)
        while rest.readableBytes > 0,
            let piece = rest.readSlice(length: min(Self.pieceBytes, rest.readableBytes))
        {
            // A copy, as what NIO buffers would keep the whole otherwise.
            try await body.write(ByteBuffer(bytes: piece.readableBytesView))
            // The writer learns on the loop that the client is behind; without this it would take all pieces before.
            try await channel.eventLoop.submit {}.get()
        }
        try await body.finish(nil)
    }

    private func head(of reply: Reply) -> HTTPResponse {
        var head = HTTPResponse(status: reply.status, headerFields: reply.headers)
        head.headerFields[.date] = HTTPDate.text()
        head.headerFields[.contentType] = reply.contentType
        head.headerFields[.contentLength] = String(reply.body.readableBytes)
        head.headerFields[.cacheControl] = "no-store"
        head.headerFields[.xContentTypeOptions] = "nosniff"
        return head
    }

    private func reply(to request: Request, on channel: any Channel) async -> Reply {
        let path = request.uri.path
        guard let route = routes.first(where: { $0.matches(path) }) else {
            return .text("There is nothing here.\n", status: .notFound)
        }
        let isPost = request.method == .post && route.takesPost
        guard isPost || request.method == .get || request.method == .head else {
            var reply = Reply.text("This can only be read.\n", status: .methodNotAllowed)
            reply.headers[.allow] = "GET, HEAD"
            return reply
        }
        var parameters: [String: String] = [:]
        for (name, value) in request.uri.queryParameters { parameters[String(name)] = String(value) }
        var body = ""
        if isPost {
            // The connection is closed before more than this has come.
            guard let bytes = try? await request.body.collect(upTo: ConnectionLimits().bodyBytes) else {
                return .text("The request's body is too large, or ended too soon.\n", status: .badRequest)
            }
            body = String(buffer: bytes)
        }
        let query = Route.Query(path: path, text: request.uri.query ?? "", parameters: parameters, body: body)
        guard route.isLong else { return await route.answer(query, site) }
        let answering = Task { [site] in await route.answer(query, site) }
        whenClientGoes(channel) { answering.cancel() }
        return await withTaskCancellationHandler {
            await answering.value
        } onCancel: {
            answering.cancel()
        }
    }

    private func whenClientGoes(_ channel: any Channel, _ body: @escaping @Sendable () -> Void) {
        channel.eventLoop.execute {
            let guardian = try? channel.pipeline.syncOperations.handler(type: ConnectionGuard.self)
            // Without one the channel has been closed already.
            guard let guardian else { return body() }
            guardian.whenClientGoes(body)
        }
    }
}
