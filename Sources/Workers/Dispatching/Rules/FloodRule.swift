import Complaints

/// How many identical failures one instance of a reporter is told one by one, and in which time.
struct FloodLimit: Equatable, Sendable {
    /// 0: all of them.
    var count: Int
    var window: Duration

    static let none = FloodLimit(count: 0, window: .seconds(300))
    /// A window that a label asks for is not shorter or longer than that.
    static let shortest = Duration.seconds(1)
    static let longest = Duration.seconds(24 * 3600)
}

/// The time in which failures of one kind are counted.
struct FloodWindow: Equatable, Sendable {
    var opened: Timestamp
    /// What is held is reported then.
    var until: Timestamp
    /// Failures that were reported as they came.
    var passed = 0
    /// Failures that were held.
    var held = 0
    /// The window before it had held some.
    var goesOn = false
}

/// Whether a failure is reported as it comes or is held for a summary.
///
/// The first failure of a kind opens a window; up to the limit they are reported one by one, the rest is held until the
/// window ends. As long as the flood goes on, the next window holds everything, so that there is one summary for each;
/// it is over when a window ends in which nothing was held.
enum FloodRule {
    enum Verdict: Equatable, Sendable {
        /// No limit: nothing is counted.
        case unlimited
        /// With the window as it is then.
        case pass(FloodWindow)
        case hold(FloodWindow)
    }

    /// - Parameter window: the one that is open for this kind of failure, if any.
    static func judge(_ limit: FloodLimit, in window: FloodWindow?, now: Timestamp) -> Verdict {
        guard limit.count > 0 else { return .unlimited }
        var current = window ?? FloodWindow(opened: now, until: now.adding(limit.window))
        // One that is over, with nothing in it, stands for nothing. (With something in it, it is about to be closed.)
        if current.held == 0, now >= current.until {
            current = FloodWindow(opened: now, until: now.adding(limit.window))
        }
        if current.goesOn || current.held > 0 || current.passed >= limit.count {
            current.held += 1
            return .hold(current)
        }
        current.passed += 1
        return .pass(current)
    }

    /// The window after one that ended with failures held.
    static func next(after window: FloodWindow, now: Timestamp) -> FloodWindow {
        FloodWindow(opened: now, until: now.adding(window.until.since(window.opened)), goesOn: true)
    }
}
