import Complaints
import HTTPTypes
import HummingbirdCore
import Logging

/// The way of a request: finds its page and writes what that answers.
struct RequestHandler: Sendable {
    let routes: [Route]
    let site: Site
    let logger: Logger

    func respond(to request: Request, _ writer: consuming ResponseWriter) async throws {
        let reply = await reply(to: request)
        logger.debug("\(request.method) \(request.uri.path.shortened(to: 200)): \(reply.status.code)")
        var head = HTTPResponse(status: reply.status, headerFields: reply.headers)
        head.headerFields[.date] = HTTPDate.text()
        head.headerFields[.contentType] = reply.contentType
        head.headerFields[.contentLength] = String(reply.body.readableBytes)
        head.headerFields[.cacheControl] = "no-store"
        head.headerFields[.xContentTypeOptions] = "nosniff"
        guard request.method != .head else {
            return try await writer.writeResponse(head)
        }
        guard reply.body.readableBytes > Self.pieceBytes else {
            return try await writer.write(response: head, body: ResponseBody(byteBuffer: reply.body))
        }
        // In pieces, so that a slow client is known from one that takes nothing.
        var rest = reply.body
        var body = try await writer.writeHead(head)
        while let piece = rest.readSlice(length: min(Self.pieceBytes, rest.readableBytes)), piece.readableBytes > 0 {
            try await body.write(piece)
        }
        try await body.finish(nil)
    }

    private static let pieceBytes = 64 * 1024

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
