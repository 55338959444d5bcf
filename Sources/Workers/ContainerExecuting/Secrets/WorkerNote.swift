import FoundationEssentials
import Glibc

/// What the next worker must know if this one dies, and ``Checkpoint`` does not hold: secrets, and that the end of the task
/// is known. It is kept in the supervisor's memory.
struct WorkerNote: Codable, Sendable, Equatable {
    /// The credentials for AWS, and the token that they belong to.
    struct Loan: Codable, Sendable, Equatable {
        var token: String
        var lease: String?
        var end: LoanEnd?
    }

    var loan: Loan?
    /// Values that must appear in no log.
    var secrets: [String] = []
    /// The last update has been acknowledged. To report it again would be a second end of the task: its agent has
    /// forgotten it by now.
    var isReported = false

    init() {}

    /// - Parameter bytes: nil, or empty: nothing to know.
    init(_ bytes: [UInt8]?) {
        self = bytes.flatMap { try? JSONDecoder().decode(Self.self, from: Data($0)) } ?? Self()
    }

    /// Empty when there is nothing to know. Secrets of a size that the supervisor would not keep are left out.
    var bytes: [UInt8] {
        if self == Self() { return [] }
        var note = self
        if secrets.reduce(0, { $0 + $1.utf8.count }) > Self.maximumSecrets { note.secrets = [] }
        return (try? JSONEncoder().encode(note)).map { Array($0) } ?? []
    }

    /// Bytes; in JSON each may become six.
    private static let maximumSecrets = 128 << 10
}

/// When borrowed credentials end.
struct LoanEnd: Codable, Sendable, Equatable {
    /// Of the clock that nobody sets, for waiting; it is the same for all processes until the next boot.
    var instant: ContinuousClock.Instant
    /// Seconds since 1970, for people.
    var time: Int

    init(_ instant: ContinuousClock.Instant, now: ContinuousClock.Instant = .now, time: Int = Glibc.time(nil)) {
        self.instant = instant
        self.time = time + Int(now.duration(to: instant).components.seconds)
    }

    /// `2026-11-21T18:00:00Z`
    var text: String {
        var seconds = time_t(time)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
