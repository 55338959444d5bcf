import Complaints
import HTTPClient

/// How long a service wants to be left alone, out of the headers of its answer. In seconds, at most an hour: a report
/// is worth a try an hour, whatever a service believes.
enum RetryAfter {
    static let longest = 3600.0

    /// `Retry-After` (RFC 9110 §10.2.3): seconds, also with a fraction, or a date.
    static func standard(_ headers: HTTPHeaders, now: Timestamp) -> Double? {
        guard let text = headers["Retry-After"]?.split(separator: " ").joined(separator: " ") else { return nil }
        if let seconds = Double(text) { return bounded(seconds) }
        return date(text).flatMap { bounded($0.seconds - now.seconds) }
    }

    /// A moment in seconds since 1970, as of `X-RateLimit-Reset`.
    static func epoch(_ text: String?, now: Timestamp) -> Double? {
        text.flatMap { Double($0) }.flatMap { bounded($0 - now.seconds) }
    }

    /// What can be waited for; nil for what is no number, and for what is over: that is left to our own pauses.
    static func bounded(_ seconds: Double) -> Double? {
        seconds.isFinite && seconds > 0 ? min(seconds, longest) : nil
    }

    /// The only form that may still be sent: `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func date(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", parts[1].count == 2,
            let month = Timestamp.months.firstIndex(of: String(parts[2]))
        else { return nil }
        let digits = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp(rfc3339: "\(parts[3])-\(digits)-\(parts[1])T\(parts[4])Z")
    }
}
