import Complaints
import FoundationEssentials
import Profiling
import Supervision

/// Where profiles are asked for, of any worker: those of its own process the server takes itself, the others it asks for,
/// each over a channel that the supervisor makes for that one question.
///
/// Without `worker` a profile is of the whole program: those of all workers in one, in which the label `worker` tells them
/// apart. The supervisor is not among them: it is one thread that mostly waits, and nobody may have it do anything.
struct ProfileDesk: Sendable {
    let context: WorkerContext
    /// Profiles of the whole program ask every worker for one, and hold them all.
    private let slots = Slots(2)

    init(context: WorkerContext) {
        self.context = context
    }

    private static let parameter = "worker"
    private static let supervisor = "supervisor"
    /// Pages that make sense of several processes at once.
    private static let common: Set<String> = ["profile", "heap", "threads"]

    func answer(_ request: ProfileRequest) async -> ProfileAnswer {
        guard ProfilePages.all.contains(where: { $0.name == request.page }) else {
            return .problem(ProfilePages.unknown(request.page), status: 404)
        }
        switch request.parameters[Self.parameter] {
        case nil:
            guard Self.common.contains(request.page) else { return await own(request) }
            guard slots.enter() else {
                return .problem(
                    "two profiles of the whole program are being taken; try again in a moment", status: 503)
            }
            defer { slots.leave() }
            return await everybody(request)
        case context.role: return await own(request)
        case Self.supervisor:
            return .problem(
                "the supervisor is not profiled: it only waits for its workers; pick one of them", status: 404)
        case let role?: return await visit(role, request)
        }
    }

    private func own(_ request: ProfileRequest) async -> ProfileAnswer { await ProfilePages.answer(request) }

    private func visit(_ role: String, _ request: ProfileRequest) async -> ProfileAnswer {
        let peer: Peer
        do throws(VisitError) {
            peer = try await context.visit(role)
        } catch {
            let all = VisitError(role.shortened(to: 80), present: error.present + [context.role])
            return .problem("\(all)", status: error.present.contains(role) ? 503 : 404)
        }
        let channel = peer.channel(receiving: ProfileMessage.self, sending: ProfileOrder.self)
        defer { channel.close() }
        do throws(ChannelError) {
            try await channel.send(.take(request))
            guard case .taken(let answer)? = try await channel.receive() else {
                return .problem("the worker \(role) ended before its profile was complete", status: 502)
            }
            return answer
        } catch .cancelled {
            return .problem("\(ProfilingError.cancelled)", status: 503)
        } catch {
            return .problem("the worker \(role) gave no profile: \(error)", status: 502)
        }
    }

    private func everybody(_ request: ProfileRequest) async -> ProfileAnswer {
        var request = request
        request.isPart = true
        let others = await context.neighbours()
        let answers = await withTaskGroup(of: (String, ProfileAnswer).self) { [request] group in
            group.addTask { (context.role, await own(request)) }
            for role in others { group.addTask { (role, await visit(role, request)) } }
            return await group.reduce(into: [String: ProfileAnswer]()) { $0[$1.0] = $1.1 }
        }
        // What is wrong with the question is wrong for all of them.
        if let own = answers[context.role], own.status == 400 { return own }
        return ProfilePages.joined(answers, page: request.page)
    }
}
