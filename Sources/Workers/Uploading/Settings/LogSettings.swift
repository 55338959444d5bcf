import Complaints

/// What an uploader makes of logs, wherever they go.
struct LogSettings: Sendable, Equatable {
    var tail = LogTail.Limits()
    /// Rotated logs (`stdout.1`, …) that are put before the newest one.
    var rotated = 0
    /// The most that is saved of one log.
    var maxBytes: Int64 = 1 << 30
    var isCompressed = false
    /// How long a report waits for its logs.
    var patience = Duration.seconds(120)
    /// How long the last lines may take of a report that goes without its logs: it has waited for long already, and they
    /// are all that it has.
    var tailPatience = Duration.seconds(10)
    /// A log is complete when it has not grown for so long after the task's end.
    var settle = Duration.milliseconds(300)

    init() {}

    init(_ values: SettingValues) {
        tail = LogTail.Limits(
            lines: values.integer("tail.lines") ?? tail.lines, bytes: values.integer("tail.bytes") ?? tail.bytes)
        rotated = values.integer("logs.rotated") ?? rotated
        maxBytes = values.integer("logs.max-bytes").map(Int64.init) ?? maxBytes
        isCompressed = values.bool("logs.gzip") ?? isCompressed
        patience = values.duration("upload.patience") ?? patience
    }
}
