import Complaints
import FoundationEssentials
import Glibc
import Supervision

extension Route {
    /// For people: how the instance is, and the newest failures with links to their logs. `?refresh=SECONDS` has the
    /// browser ask again, at most once a second; 503, with what is known all the same, when the dispatcher does not answer.
    static let status = Route("/") { query, site in
        var page = StatusPage(
            instance: site.instance, health: await site.dispatcher.health(), now: now,
            refresh: query.parameters["refresh"].flatMap { Int($0) }.map { min(max($0, 1), 86_400) })
        do throws(AskError) {
            page.workers = try await site.dispatcher.answer("workers", as: [WorkerReport].self)
            page.summary = try await site.dispatcher.answer("summary", as: SummaryAnswer.self)
            page.failures = try await site.dispatcher.answer("failures", as: [CaseAnswer].self)
        } catch {
            page.trouble = "\(error)"
        }
        return .page(page.html, status: page.trouble == nil ? .ok : .serviceUnavailable)
    }

    private static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
