import Logging

/// The one log handler: makes a ``LogRecord`` of each message, without secrets, and passes it to a sink.
struct WorkerLogHandler: LogHandler {
    /// Where records go.
    typealias Sink = @Sendable (LogRecord) -> Void

    let program: String
    let role: String
    let redactor: Redactor
    let clock: @Sendable () -> LogTime
    let sink: Sink
    let sharedLevel: @Sendable () -> Logger.Level

    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    /// What this logger was set to itself; the process's level otherwise, which may change at any time.
    private var ownLevel: Logger.Level?

    init(
        program: String, role: String, redactor: Redactor, sharedLevel: @escaping @Sendable () -> Logger.Level,
        clock: @escaping @Sendable () -> LogTime = { LogTime.now() }, sink: @escaping Sink
    ) {
        self.program = program
        self.role = role
        self.redactor = redactor
        self.sharedLevel = sharedLevel
        self.clock = clock
        self.sink = sink
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? sharedLevel() }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
        if let own = event.metadata { merged.merge(own) { $1 } }
        if let error = event.error, merged["error"] == nil { merged["error"] = "\(error)" }
        sink(
            LogRecord(
                time: clock(), level: event.level, program: program, role: role,
                message: redactor.redact(event.message.description),
                metadata: merged.sorted { $0.key < $1.key }
                    .map { ($0.key, LogValue($0.value, redactor: redactor)) },
                file: event.file, function: event.function, line: event.line))
    }
}
