import Glibc
import Logging

/// One message as the formats see it: metadata merged, sorted by key, secrets replaced.
struct LogRecord: Sendable {
    var time: LogTime
    var level: Logger.Level
    var program: String
    var role: String
    var message: String
    var metadata: [(key: String, value: LogValue)]
    var file: String
    var function: String
    var line: UInt
}

/// A metadata value whose leaves are already text.
enum LogValue: Sendable, Equatable {
    case text(String)
    case list([LogValue])
    case object([LogMember])

    /// How deep lists and objects may be nested; what lies deeper is written as text.
    private static let maximumDepth = 8

    init(_ value: Logger.MetadataValue, redactor: Redactor, depth: Int = 0) {
        switch value {
        case .string(let text):
            self = .text(redactor.redact(text))
        case .stringConvertible(let convertible):
            self = .text(redactor.redact(convertible.description))
        case .array(let values) where depth < Self.maximumDepth:
            self = .list(values.map { LogValue($0, redactor: redactor, depth: depth + 1) })
        case .dictionary(let members) where depth < Self.maximumDepth:
            self = .object(
                members.sorted { $0.key < $1.key }
                    .map { LogMember(key: $0.key, value: LogValue($0.value, redactor: redactor, depth: depth + 1)) })
        case .array, .dictionary:
            self = .text(redactor.redact("\(value)"))
        }
    }

    /// The value as one string: `a`, `[a, b]`, `{k: v}`.
    var flattened: String {
        switch self {
        case .text(let text): text
        case .list(let values): "[" + values.map(\.flattened).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\($0.key): \($0.value.flattened)" }.joined(separator: ", ") + "}"
        }
    }
}

/// A key and its value inside a ``LogValue/object(_:)``.
struct LogMember: Sendable, Equatable {
    var key: String
    var value: LogValue
}

/// A point in time of the real-time clock.
struct LogTime: Sendable, Equatable {
    /// Seconds since 1970.
    var seconds: Int
    /// 0 to 999.
    var milliseconds: Int

    static func now() -> LogTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return LogTime(seconds: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
    }

    /// RFC 3339 in UTC with milliseconds: `2026-11-21T10:11:12.345Z`.
    var description: String {
        var parts = tm()
        var clock = time_t(seconds)
        gmtime_r(&clock, &parts)
        func digits(_ value: some BinaryInteger, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let day = "\(digits(parts.tm_year + 1900, 4))-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))"
        let hour = "\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2))"
        return "\(day)T\(hour).\(digits(milliseconds, 3))Z"
    }
}

extension Logger.Level {
    /// The syslog severity (RFC 5424) that the journal's `PRIORITY` wants.
    var syslogPriority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
