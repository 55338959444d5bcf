import Complaints
import FoundationEssentials
import HTTPTypes
import NIOCore
import Profiling
import Supervision

extension Route {
    private static let folder = "/debug/pprof/"

    /// What a process does, for `go tool pprof` and for people, as Go's `net/http/pprof` has it; `?worker=ROLE` says which
    /// one, see ``ProfileDesk``.
    static let profiles = Route(folder, takesPost: true, isLong: true) { query, site in
        let page = String(query.path.dropFirst(folder.count))
        guard !page.isEmpty else { return await index(site) }
        // Addresses stand between parameters, as words without a value.
        let words = query.text.split(separator: "&").filter { !$0.contains("=") }
        let request = ProfileRequest(
            page: page, parameters: query.parameters,
            addresses: query.body.isEmpty ? words.joined(separator: "+") : query.body)
        return Reply(await site.profiles.answer(request))
    }

    static let profilesWithoutSlash = Route("/debug/pprof") { query, _ in
        var reply = Reply.text("See \(folder)\n", status: .movedPermanently)
        reply.headers[.location] = folder + (query.text.isEmpty ? "" : "?\(query.text)")
        return reply
    }

    private static func index(_ site: Site) async -> Reply {
        let workers = try? await site.dispatcher.answer("workers", as: [WorkerReport].self)
        let page = ProfileIndex(instance: site.instance, roles: workers?.map(\.role) ?? [])
        return .page(page.html)
    }
}

extension Reply {
    fileprivate init(_ answer: ProfileAnswer) {
        self.init(
            status: .init(code: answer.status),
            contentType: answer.file == nil ? "text/plain; charset=utf-8" : "application/octet-stream",
            body: ByteBuffer(bytes: answer.body))
        if answer.status == 503 { headers[.retryAfter] = "5" }
        if let file = answer.file { headers[.contentDisposition] = "attachment; filename=\"\(file)\"" }
        // By this pprof knows that the text is for its user.
        if answer.status >= 400, let name = HTTPField.Name("X-Go-Pprof") { headers[name] = "1" }
    }
}
