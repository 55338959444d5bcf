import Synchronization

/// There is no channel to the worker that was to be visited.
public struct VisitError: Error, Equatable, Sendable, CustomStringConvertible {
    public let role: String
    /// The workers that run.
    public let present: [String]

    public init(_ role: String, present: [String]) {
        self.role = role
        self.present = present
    }

    public var description: String {
        present.contains(role)
            ? "the worker \(role) takes no visitor at the moment; try again"
            : "there is no worker \(role) now; there are: \(present.sorted().joined(separator: ", "))"
    }
}

/// The channels that this worker asks for, and those that others ask for to it.
final class Visits: Sendable {
    private typealias Waiter = (role: String, continuation: CheckedContinuation<Result<Peer, VisitError>, Never>)

    private struct State {
        var last: Int64 = 0
        var waiting: [Int64: Waiter] = [:]
        var guests = 0
    }
    private let state = Mutex(State())

    /// Visitors at a time; a further one finds its channel closed.
    private static let maximumGuests = 8

    /// - Parameter send: says it to the supervisor, which answers at once.
    func visit(
        _ role: String, _ send: @escaping @Sendable (WorkerMessage) async -> Void
    ) async -> Result<Peer, VisitError> {
        await withCheckedContinuation { continuation in
            let id = state.withLock { state in
                state.last += 1
                state.waiting[state.last] = (role, continuation)
                return state.last
            }
            Task { await send(.visit(id: id, role: role)) }
        }
    }

    func answered(_ id: Int64, _ descriptor: Descriptor) {
        guard let waiter = state.withLock({ $0.waiting.removeValue(forKey: id) }) else { return }
        waiter.continuation.resume(returning: .success(Peer(role: waiter.role, descriptor: descriptor)))
    }

    func refused(_ id: Int64, present: [String]) {
        guard let waiter = state.withLock({ $0.waiting.removeValue(forKey: id) }) else { return }
        waiter.continuation.resume(returning: .failure(VisitError(waiter.role, present: present)))
    }

    func receive(_ guest: Peer, _ serve: @escaping @Sendable (Peer) async -> Void) {
        let isWelcome = state.withLock { state in
            guard state.guests < Self.maximumGuests else { return false }
            state.guests += 1
            return true
        }
        guard isWelcome else { return }
        Task {
            await serve(guest)
            state.withLock { $0.guests -= 1 }
        }
    }
}
