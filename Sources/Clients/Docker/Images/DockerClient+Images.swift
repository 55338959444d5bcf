import HTTPClient

extension DockerClient {
    /// What is known of an image on this machine.
    public struct Image: Sendable, Equatable, Decodable {
        /// `sha256:…`.
        public let id: String
        /// Bytes.
        public let size: Int64

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.dockerFields()
            id = try fields.decode(String.self, forKey: "Id")
            size = try fields.optional("Size") ?? 0
        }
    }

    /// The image of that name or id on this machine; nil when there is none.
    public func image(_ name: String) async throws(DockerError) -> Image? {
        let attempt = "inspect image \(name)"
        // The slashes of a name are part of the path.
        let path = name.split(separator: "/", omittingEmptySubsequences: false).map { Self.escape(String($0)) }
        let response = try await send(
            attempt, .get, "/images/\(path.joined(separator: "/"))/json", expecting: [200, 404])
        return response.status == 404 ? nil : try decode(attempt, response.body)
    }

    /// Fetches an image from its registry; one that is there and up to date is left alone.
    ///
    /// - Parameters:
    ///   - name: a tag or a digest may be left out: `latest` then.
    ///   - credentials: for its registry; nil asks as nobody.
    ///   - silence: how long Docker may say nothing before the pull is given up.
    ///   - interval: between two calls of `progress`.
    ///   - progress: for the log: how far it is. Not called for a pull that is done sooner than `interval`.
    public func pull(
        _ name: String, credentials: RegistryCredentials? = nil, silence: Duration = .seconds(600),
        interval: Duration = .seconds(5), progress: (PullProgress) -> Void = { _ in }
    ) async throws(DockerError) {
        let attempt = "pull image \(name)"
        guard let reference = ImageReference(name) else {
            throw DockerError(attempt, .refused(status: 400), "invalid reference format: this is no name of an image")
        }
        let stream = try await open(
            attempt, .post,
            "/images/create?fromImage=\(Self.escape(reference.repository))&tag=\(Self.escape(reference.wanted))",
            headers: credentials.map { [("X-Registry-Auth", $0.header)] } ?? [], silence: silence)
        var decoder = PullEventDecoder()
        var state = PullProgress()
        var last = ContinuousClock.now
        while let chunk = try await next(of: stream, attempt) {
            for event in decoder.feed(chunk) { try take(event, attempt, into: &state) }
            if last.duration(to: .now) >= interval {
                last = .now
                progress(state)
            }
        }
        if let event = decoder.finish() { try take(event, attempt, into: &state) }
    }

    private func take(
        _ event: PullEvent?, _ attempt: String, into state: inout PullProgress
    ) throws(DockerError) {
        guard let event else {
            throw DockerError(attempt, .unexpected, "a line of the answer is not JSON")
        }
        if let error = event.error { throw DockerError(attempt, .stream, Self.oneLine(error)) }
        state.take(event)
    }

    func next(of stream: HTTPStream, _ attempt: String) async throws(DockerError) -> [UInt8]? {
        do { return try await stream.next() } catch { throw away(attempt, error) }
    }
}
