import CProcess
import DockerClient
import Observability

/// Waits until the container that is to be relayed has been started.
///
/// Docker knows it by its label, whichever worker made it and which of the two comes first.
struct ContainerFinder: Sendable {
    let docker: DockerClient
    /// `key=value`.
    let label: String
    let logger: RateLimitedLogger

    private static let pause: Duration = .milliseconds(500)

    /// The id; nil when nobody wants to know any more.
    func find() async -> String? {
        while !Task.isCancelled {
            do throws(DockerError) {
                let starts = try await docker.starts(labels: [label])
                repeat {
                    // The first connection initialises much; and the next start may be minutes away.
                    cprocess_release_memory()
                    if let id = try await startedContainer() { return id }
                } while try await starts.next()
            } catch {
                if Task.isCancelled { return nil }
                logger.log(level: .warning, key: "find", "\(error)")
            }
            try? await Task.sleep(for: Self.pause)
        }
        return nil
    }

    private func startedContainer() async throws(DockerError) -> String? {
        guard let newest = try await docker.containers(labels: [label]).first else { return nil }
        return try await docker.inspect(newest.id).state.isCreated ? nil : newest.id
    }
}
