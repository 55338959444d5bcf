import Synchronization

/// What requests to services pass, whatever protocol they speak: paced, and turned away at once while the service does
/// not work.
final class ServiceGate: Sendable {
    /// Whether what is done now is about a report that failed before where others arrived.
    @TaskLocal static var isSuspect = false

    private let time: ServiceTime
    private let destinations: Mutex<Destinations>

    /// - Parameter interval: between two requests to the same destination.
    init(interval: Duration, time: ServiceTime) {
        self.time = time
        destinations = Mutex(Destinations(interval: interval))
    }

    /// Makes a request when its turn has come, and remembers how it went.
    ///
    /// - Parameters:
    ///   - destination: what requests are paced and given up together by; never shown.
    ///   - service: its name for people.
    func pass<Answer>(
        to destination: String, of service: String, _ request: () async throws(ServiceError) -> Answer
    ) async throws(ServiceError) -> Answer {
        try await waitForTurn(destination, service)
        do throws(ServiceError) {
            let answer = try await request()
            record(.answered, destination)
            return answer
        } catch {
            if Task.isCancelled {
                record(.abandoned, destination)
            } else if error.isPermanent || error.provesLife {
                record(.answered, destination)
            } else {
                let pause = error.retryAfter.map { Duration.seconds($0) }
                let outcome = Destinations.Outcome.failed(
                    pause: pause, isAmbiguous: error.isAmbiguous, isSuspect: Self.isSuspect)
                record(outcome, destination)
            }
            throw error
        }
    }

    private func waitForTurn(_ destination: String, _ service: String) async throws(ServiceError) {
        switch destinations.withLock({ $0.admit(destination, at: time.now()) }) {
        case .after(.zero): return
        case .after(let wait):
            do {
                try await time.sleep(wait)
            } catch {
                record(.abandoned, destination)
                throw ServiceError(reason: "stopped while waiting for a turn at \(service)")
            }
        case .busy(let wait):
            throw .turnedAway("\(service) wants a pause between messages", for: wait)
        case .broken(let wait):
            throw .turnedAway("\(service) failed several times in a row, waiting", for: wait)
        }
    }

    private func record(_ outcome: Destinations.Outcome, _ destination: String) {
        destinations.withLock { $0.record(outcome, for: destination, at: time.now()) }
    }
}
