import Logging
import Synchronization

@testable import Observability

/// 2026-11-21T10:11:12.345Z.
let aMoment = LogTime(seconds: 1_795_255_872, milliseconds: 345)

func record(
    _ message: String, level: Logger.Level = .warning, metadata: [(key: String, value: LogValue)] = []
) -> LogRecord {
    LogRecord(
        time: aMoment, level: level, program: "complainer", role: "poller", message: message, metadata: metadata,
        file: "Polling/Poller.swift", function: "poll()", line: 42)
}

/// Collects what a logger writes.
final class RecordCollector: Sendable {
    private let collected = Mutex<[LogRecord]>([])

    var records: [LogRecord] { collected.withLock { $0 } }
    var messages: [String] { records.map(\.message) }

    func logger(
        redactor: Redactor = Redactor(), level: @escaping @Sendable () -> Logger.Level = { .trace }
    ) -> Logger {
        Logger(label: "test") { _ in
            WorkerLogHandler(
                program: "complainer", role: "poller", redactor: redactor, sharedLevel: level, clock: { aMoment },
                sink: { record in self.collected.withLock { $0.append(record) } })
        }
    }
}

extension [UInt8] {
    var text: String { String(decoding: self, as: UTF8.self) }
}
