/// What one worker has been given and not yet answered, within the credit it announced.
///
/// `Work` is what the worker's answers name, `Note` what the dispatcher wants to remember about it. Does no I/O.
struct CreditBook<Work: Hashable & Sendable, Note: Sendable>: Sendable {
    /// Credit that is believed: a worker that asks for more gets this.
    static var maximumCredit: Int { 256 }
    /// Crashes after which a piece of work flies alone, so that the next crash names the guilty one.
    static var suspectCrashes: Int { 2 }

    /// How much the worker takes at a time; 0 until it says so.
    private(set) var credit = 0
    private(set) var inFlight: [Work: Note] = [:]
    private var suspect = false

    /// - Returns: false when the worker announced a credit that makes no sense.
    mutating func announce(_ count: Int) -> Bool {
        guard count > 0 else { return false }
        credit = min(count, Self.maximumCredit)
        return true
    }

    /// How many more pieces of work without a past it may get.
    var room: Int { suspect ? 0 : max(0, credit - inFlight.count) }

    /// Whether a piece of work that was in so many crashes may be to blame for them.
    func isSuspect(crashes: Int) -> Bool { crashes >= Self.suspectCrashes }

    /// Gives a piece of work to the worker, if it may have it now: a suspect only when nothing else is in flight, and
    /// nothing else beside a suspect.
    mutating func take(_ work: Work, crashes: Int, note: Note) -> Bool {
        guard room > 0, inFlight[work] == nil else { return false }
        if isSuspect(crashes: crashes) {
            guard inFlight.isEmpty else { return false }
            suspect = true
        }
        inFlight[work] = note
        return true
    }

    /// Something changed about a piece of work that the worker still has.
    ///
    /// - Returns: false when it does not have it.
    mutating func update(_ work: Work, _ change: (inout Note) -> Void) -> Bool {
        guard var note = inFlight[work] else { return false }
        change(&note)
        inFlight[work] = note
        return true
    }

    /// The worker's answer.
    ///
    /// - Returns: what was noted, or nil when it was never given that piece of work: a violation.
    mutating func finish(_ work: Work) -> Note? {
        guard let note = inFlight.removeValue(forKey: work) else { return nil }
        suspect = false
        return note
    }
}
