import Complaints

/// The dispatcher's last word about the health, which stands in for it while it is being restarted.
struct HealthMemory {
    /// For how long; the dispatcher is back within half a second, or something is wrong.
    static let lifetime: Duration = .seconds(15)

    private var last: (answer: HealthAnswer, at: ContinuousClock.Instant)?

    mutating func keep(_ answer: HealthAnswer, at now: ContinuousClock.Instant) {
        last = (answer, now)
    }

    /// What to say when the dispatcher did not answer because of `error`.
    func verdict(at now: ContinuousClock.Instant, because error: AskError) -> HealthAnswer {
        if let last, now - last.at < Self.lifetime { return last.answer }
        return HealthAnswer(ok: false, reason: "\(error)")
    }
}
