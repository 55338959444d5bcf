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
    private let large = LargeReplies()

    /// What is written at once: larger bodies go in pieces, so that a slow client is known from one that takes nothing.
    private static let pieceBytes = 64 * 1024

    init(routes: [Route], site: Site, logger: Logger) {
        self.routes = routes
        self.site = site
        self.logger = logger
    }

    /// Returns when the client has taken the response, but for what the kernel and NIO buffer of it: about 300 kB.
    func respond(to request: Request, _ writer: consuming ResponseWriter, on channel: any Channel) async throws {
        var reply = await reply(to: request)
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

    private func reply(to request: Request) async -> Reply {
        let path = request.uri.path
        guard let route = routes.first(where: { $0.matches(path) }) else {
            return .text("There is nothing here.\n", status: .notFound)
        }
        guard request.method == .get || request.method == .head else {
            var reply = Reply.text("This can only be read.\n", status: .methodNotAllowed)
            reply.headers[.allow] = "GET, HEAD"
            return reply
        }
        var parameters: [String: String] = [:]
        for (name, value) in request.uri.queryParameters { parameters[String(name)] = String(value) }
        return await route.answer(Route.Query(path: path, parameters: parameters), site)
    }
}
