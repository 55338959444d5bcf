/// Whether to use the event stream or to poll. Does no I/O.
struct DetectionPolicy: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Mode: String, Sendable { case stream, poll }

    /// A stream that ended earlier than this after its snapshot was taken away by somebody.
    static let shortLife = Duration.seconds(10)
    /// Streams in a row that ended so early, or rounds in which masters answered something else than a stream.
    static let maximumDisappointments = 3

    let detect: DetectMode
    /// How long polling goes on before the stream is tried again.
    let retryStreamAfter: Duration
    private var streamAgain: Instant?
    private var disappointments = 0

    init(_ detect: DetectMode, retryStreamAfter: Duration = .seconds(300)) {
        self.detect = detect
        self.retryStreamAfter = retryStreamAfter
    }

    mutating func mode(now: Instant) -> Mode {
        switch detect {
        case .stream: return .stream
        case .poll: return .poll
        case .auto:
            guard let again = streamAgain else { return .stream }
            if again > now { return .poll }
            streamAgain = nil
            return .stream
        }
    }

    /// All masters were tried, and one of them refused the stream.
    mutating func streamRefused(now: Instant) { pollForAWhile(now) }

    /// All masters were tried, and one of them answered with an error or with something that is not a stream.
    mutating func streamFailed(now: Instant) {
        disappointments += 1
        if disappointments >= Self.maximumDisappointments { pollForAWhile(now) }
    }

    /// A stream ended so long after its snapshot.
    ///
    /// - Returns: whether it was taken away by somebody: one more client fights for it.
    @discardableResult
    mutating func streamEnded(after life: Duration, now: Instant) -> Bool {
        guard life < Self.shortLife else {
            disappointments = 0
            return false
        }
        streamFailed(now: now)
        return true
    }

    private mutating func pollForAWhile(_ now: Instant) {
        disappointments = 0
        streamAgain = now + retryStreamAfter
    }
}
