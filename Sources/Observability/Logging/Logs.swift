import FoundationEssentials
import Glibc
import Logging
import Synchronization

/// Sets up logging for a process.
public enum Logs {
    private static let currentLevel = Mutex<Logger.Level>(.info)
    private static let isBootstrapped = Mutex(false)

    /// The level of every logger that was not given one of its own. May be changed at any time, as a reload does.
    public static var level: Logger.Level {
        get { currentLevel.withLock { $0 } }
        set { currentLevel.withLock { $0 = newValue } }
    }

    /// Makes every `Logger` of this process write in the given format. Call it once, early, in every process;
    /// further calls only set the level.
    ///
    /// Secrets registered with ``Redactor/shared`` are replaced. SIGPIPE is ignored from now on: a reader of
    /// stderr that goes away must not end a daemon. Without a journal, ``LogFormat/journal`` falls back to text.
    ///
    /// - Parameters:
    ///   - program: `complainer`; the journal's `SYSLOG_IDENTIFIER`.
    ///   - role: what this process is: `supervisor`, `poller`, `reporter/file`.
    public static func bootstrap(program: String, role: String, format: LogFormat, level: Logger.Level) {
        self.level = level
        let isFirst = isBootstrapped.withLock { done in
            defer { done = true }
            return !done
        }
        guard isFirst else { return }
        signal(SIGPIPE, SIG_IGN)
        let sink = sink(for: format, environment: ProcessInfo.processInfo.environment, descriptor: STDERR_FILENO)
        LoggingSystem.bootstrap(
            { _, provider in
                var handler = WorkerLogHandler(
                    program: program, role: role, redactor: .shared, sharedLevel: { Logs.level }, sink: sink)
                handler.metadataProvider = provider
                return handler
            }, metadataProvider: nil)
    }

    static func sink(
        for format: LogFormat, environment: [String: String], descriptor: Int32,
        journalPath: String = JournalSocket.standardPath
    ) -> WorkerLogHandler.Sink {
        let writer = LineWriter(descriptor: descriptor)
        let resolved = format.resolved(environment: environment, descriptor: descriptor)
        if resolved == .json { return LogSink.json(to: writer) }
        let text = LogSink.text(
            to: writer,
            TextLine(
                coloured: LogSink.wantsColour(descriptor, environment: environment),
                withSyslogPrefix: resolved == .journal && writer.isSocket))
        guard resolved == .journal else { return text }
        let journal = JournalSocket(path: journalPath)
        journal.open()
        return LogSink.journal(to: journal, fallback: text)
    }
}
