/// Whether a master can be talked to, as the world is told. Does no I/O.
struct HealthJudge: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// A fail-over shorter than this is nobody's business.
    static let grace = Duration.seconds(3)

    private var lastWell: Instant?
    private var failures: [(master: String, reason: String)] = []

    /// A leading master answers.
    mutating func well(now: Instant) {
        lastWell = now
        failures = []
    }

    /// A master is of no use, for that reason.
    mutating func failed(_ master: String, _ reason: String) {
        failures.removeAll { $0.master == master }
        failures.append((master, reason))
        if failures.count > 16 { failures.removeFirst() }
    }

    /// All masters have failed: the reason to give, nil within the grace after better times.
    func verdict(now: Instant) -> String? {
        if let lastWell, now - lastWell < Self.grace { return nil }
        return "no leading Mesos master: "
            + failures.map { $0.reason.contains($0.master) ? $0.reason : "\($0.master) \($0.reason)" }
            .joined(separator: "; ")
    }
}
