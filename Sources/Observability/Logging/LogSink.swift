import Glibc
import Logging

/// Makes the sinks that records end in.
enum LogSink {
    /// Text lines.
    static func text(to writer: LineWriter, _ format: TextLine) -> WorkerLogHandler.Sink {
        { record in writer.write(format.render(record)) { format.render(lost($0, like: record)) } }
    }

    /// JSON lines.
    static func json(to writer: LineWriter) -> WorkerLogHandler.Sink {
        { record in writer.write(JSONLine.render(record)) { JSONLine.render(lost($0, like: record)) } }
    }

    /// Journal entries; what the journal does not take goes to `fallback`.
    static func journal(to socket: JournalSocket, fallback: @escaping WorkerLogHandler.Sink) -> WorkerLogHandler.Sink {
        { record in
            do {
                try socket.send(JournalEntry(record))
            } catch {
                fallback(record)
            }
        }
    }

    private static func lost(_ count: Int, like record: LogRecord) -> LogRecord {
        var note = record
        note.level = .warning
        note.message = "\(count) log line\(count == 1 ? " was" : "s were") lost: nobody read them"
        note.metadata = []
        return note
    }

    /// Colour only for a person at a terminal who did not ask for none (no-color.org).
    static func wantsColour(_ descriptor: Int32, environment: [String: String]) -> Bool {
        isatty(descriptor) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }
}
