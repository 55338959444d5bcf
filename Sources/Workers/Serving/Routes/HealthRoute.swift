import Complaints
import FoundationEssentials

extension Route {
    /// For load balancers and schedulers: only whether a Mesos master can be talked to counts.
    static let health = Route("/health") { _, site in
        let health = await site.dispatcher.health()
        if health.ok { return .text("I am mostly okay, thanks.\n") }
        let reason = health.reason ?? "no Mesos master can be talked to"
        return .text("Something is fishy: \(reason.shortened(to: 500))\n", status: .internalServerError)
    }

    /// `HealthAnswer`: the same with its details, always with status 200.
    static let healthDocument = Route("/api/health") { _, site in
        let health = await site.dispatcher.health()
        guard let document = try? JSONEncoder().encode(health) else {
            return .failure("the health cannot be encoded", status: .internalServerError)
        }
        return .json(String(decoding: document, as: UTF8.self))
    }
}
