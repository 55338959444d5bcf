import Logging
import Synchronization

/// A place on this machine that reports go to. While it takes none all reports wait, one of them tries every second, and the
/// log says so once.
final class LocalPlace: Sendable {
    private let name: String
    private let logger: Logger
    private let isBroken = Mutex(false)

    /// - Parameter name: for people: "the file".
    init(_ name: String, role: String) {
        self.name = name
        logger = Logger(label: role)
    }

    /// - Parameter write: an error that is not permanent says that nothing can be written there now.
    func take(_ write: () async throws(DeliveryError) -> Void) async throws(DeliveryError) {
        do throws(DeliveryError) {
            try await write()
        } catch {
            guard !error.isPermanent else { throw error }
            if !exchange(true) { logger.warning("reports wait: \(error.reason)") }
            var error = error
            error.isTurnedAway = true
            throw error
        }
        if exchange(false) { logger.notice("\(name) takes reports again") }
    }

    private func exchange(_ value: Bool) -> Bool {
        isBroken.withLock { isBroken in
            defer { isBroken = value }
            return isBroken
        }
    }
}
