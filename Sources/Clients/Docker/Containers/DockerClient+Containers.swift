import FoundationEssentials
import HTTPClient

extension DockerClient {
    /// What `create` made.
    public struct Created: Sendable, Equatable, Decodable {
        public let id: String
        /// What Docker had to leave out, for the log.
        public let warnings: [String]

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.dockerFields()
            id = try fields.decode(String.self, forKey: "Id")
            warnings = try fields.optional("Warnings") ?? []
        }
    }

    /// `POST /containers/create`.
    ///
    /// - Throws: `conflict` when the name is taken, `notFound` when there is no such image.
    public func create(
        name: String, _ specification: ContainerSpecification
    ) async throws(DockerError) -> Created {
        let attempt = "create container \(name)"
        let body: Data
        do {
            body = try JSONEncoder().encode(specification)
        } catch {
            // A number that JSON has no form for: infinity.
            throw DockerError(attempt, .refused(status: 400), "the container's configuration holds what is no number")
        }
        let response = try await send(
            attempt, .post, "/containers/create?name=\(Self.escape(name))", body: .bytes(Array(body)),
            expecting: [201], patience: Self.longPatience)
        return try decode(attempt, response.body)
    }

    /// Starts it; one that runs already stays as it is.
    public func start(_ id: String) async throws(DockerError) {
        _ = try await send(
            "start container \(Self.short(id))", .post, "\(Self.path(id))/start", expecting: [200, 204, 304],
            patience: Self.longPatience)
    }

    /// All about a container, by id or name.
    ///
    /// - Throws: `notFound` when there is none.
    public func inspect(_ id: String) async throws(DockerError) -> ContainerInspection {
        let attempt = "inspect container \(Self.short(id))"
        return try decode(attempt, try await send(attempt, .get, "\(Self.path(id))/json", expecting: [200]).body)
    }

    /// Waits until it does not run any more; at once when it does not run now, with the code of its last run. A container
    /// that was never started counts as not running.
    ///
    /// - Throws: `unreachable` when dockerd goes away meanwhile: the container may still run, or have ended.
    public func wait(_ id: String) async throws(DockerError) -> ContainerExit {
        let attempt = "wait for container \(Self.short(id))"
        let stream = try await open(attempt, .post, "\(Self.path(id))/wait?condition=not-running", silence: nil)
        let body: [UInt8]
        do { body = try await stream.read(maxBytes: 1 << 20) } catch { throw away(attempt, error) }
        // A dockerd that shuts down in good order ends the answer before there is one.
        guard body.contains(where: { $0 > UInt8(ascii: " ") }) else {
            throw DockerError(attempt, .unreachable(endpoint.description), "it ended the wait")
        }
        return try decode(attempt, body)
    }

    /// Asks it to end with its stop signal (SIGTERM most often), and kills it after `grace`, which is rounded up to
    /// seconds. Returns when it has ended; at once when it does not run.
    ///
    /// - Throws: `notFound` when there is none.
    public func stop(_ id: String, grace: Duration) async throws(DockerError) {
        let (whole, fraction) = grace.components
        let seconds = max(0, whole + (fraction > 0 ? 1 : 0))
        _ = try await send(
            "stop container \(Self.short(id))", .post, "\(Self.path(id))/stop?t=\(seconds)", expecting: [204, 304],
            patience: .seconds(min(seconds, 1 << 30)) + Self.patience)
    }

    /// Sends a signal: `SIGUSR1`, `KILL` or a number.
    ///
    /// - Throws: `notFound` when there is none, `conflict` when it does not run.
    public func kill(_ id: String, signal: String = "SIGKILL") async throws(DockerError) {
        _ = try await send(
            "send \(signal) to container \(Self.short(id))", .post,
            "\(Self.path(id))/kill?signal=\(Self.escape(signal))", expecting: [204])
    }

    /// Removes a container; one that is not there, or is being removed, is no error.
    ///
    /// - Parameters:
    ///   - force: even if it runs.
    ///   - volumes: with its anonymous volumes.
    public func remove(_ id: String, force: Bool = false, volumes: Bool = false) async throws(DockerError) {
        do throws(DockerError) {
            _ = try await send(
                "remove container \(Self.short(id))", .delete, "\(Self.path(id))?force=\(force)&v=\(volumes)",
                expecting: [204, 404])
        } catch  where error.kind == .conflict && error.message.contains("already in progress") {
        }
    }

    /// Containers with all these labels, `key` or `key=value` each; stopped ones too, unless only running ones are
    /// wanted. The newest first.
    public func containers(
        labels: [String] = [], runningOnly: Bool = false
    ) async throws(DockerError) -> [ContainerSummary] {
        let attempt = "list containers"
        let filters = (try? JSONEncoder().encode(["label": labels])).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        let path = "/containers/json?all=\(!runningOnly)&filters=\(Self.escape(filters))"
        return try decode(attempt, try await send(attempt, .get, path, expecting: [200]).body)
    }

    /// `GET /info`, the little of it that matters.
    public func information() async throws(DockerError) -> HostInformation {
        let attempt = "ask for Docker's configuration"
        return try decode(attempt, try await send(attempt, .get, "/info", expecting: [200]).body)
    }

    static func path(_ id: String) -> String { "/containers/\(escape(id))" }

    /// Ids as Docker shows them, names in full.
    static func short(_ id: String) -> String {
        id.utf8.count == 64 && id.utf8.allSatisfy { $0 < 0x80 } ? String(id.prefix(12)) : id
    }
}
