import Logging
import Synchronization

/// A logger for trouble that comes back every few seconds: "master does not answer".
///
/// The first message of a key is written at once, then at most one an interval, with "(N similar messages
/// suppressed)" at its end. May be used from any thread.
public final class RateLimitedLogger: Sendable {
    private let logger: Logger
    private let limiter: Mutex<LogLimiter<String>>
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameters:
    ///   - interval: the least time between two messages with the same key.
    ///   - now: the clock; tests bring their own.
    public init(
        _ logger: Logger, interval: Duration,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.logger = logger
        self.limiter = Mutex(LogLimiter(interval: interval))
        self.now = now
    }

    /// Writes or holds back a message.
    ///
    /// - Parameter key: what makes messages similar: "master http://10.0.0.1:5050", not the text with its times.
    public func log(
        level: Logger.Level, key: String, _ message: @autoclosure () -> Logger.Message,
        metadata: @autoclosure () -> Logger.Metadata? = nil, source: String? = nil, file: String = #fileID,
        function: String = #function, line: UInt = #line
    ) {
        guard level >= logger.logLevel else { return }
        let verdict = limiter.withLock { $0.admit(key, at: now()) }
        guard case .write(let suppressed) = verdict else { return }
        let text = message()
        let note = suppressed == 0 ? "" : " (\(suppressed) similar message\(suppressed == 1 ? "" : "s") suppressed)"
        logger.log(
            level: level, "\(text)\(note)", metadata: metadata(), source: source, file: file, function: function,
            line: line)
    }

    /// The trouble with this key is over: its next message is written at once, and `message` is written now, if
    /// there was any trouble at all.
    public func recovered(
        level: Logger.Level = .notice, key: String, _ message: @autoclosure () -> Logger.Message,
        metadata: @autoclosure () -> Logger.Metadata? = nil, source: String? = nil, file: String = #fileID,
        function: String = #function, line: UInt = #line
    ) {
        guard limiter.withLock({ $0.forget(key) }) != nil else { return }
        logger.log(
            level: level, message(), metadata: metadata(), source: source, file: file, function: function, line: line)
    }
}
