import Complaints
import HTTPClient
import Observability

/// Why a request to a service did not do what it should, and whether another try makes sense.
struct ServiceError: Error, Equatable, CustomStringConvertible {
    /// The answer's status; nil when there was none.
    var status: Int?
    /// One line without secrets.
    var reason: String
    var isPermanent: Bool
    /// Seconds.
    var retryAfter: Double?

    var description: String { reason }

    /// The service was not asked: it is known not to work, or wants a pause.
    var isTurnedAway = false
    /// The service may be well but for this request, which it stumbles over.
    var isAmbiguous = false
    /// It says nothing about other requests: the service works.
    var provesLife = false

    /// What the dispatcher is told.
    var delivery: DeliveryError {
        var error = DeliveryError(reason, isPermanent: isPermanent, retryAfter: retryAfter)
        error.isTurnedAway = isTurnedAway
        error.isAmbiguous = isAmbiguous
        return error
    }

    /// Of what a service says in an error, so many characters are kept.
    static let excerptLength = 300

    /// For an answer that is not 2xx.
    ///
    /// Permanent is what the same request would get again. Not so 408, 421, 425, 429 and 5xx, and redirects that say
    /// that they are for now.
    init(_ status: Int, of call: ServiceCall, headers: HTTPHeaders, text: String, now: Timestamp) {
        self.status = status
        switch status {
        case 408, 421, 425, 429, 500...: isPermanent = false
        case 302, 303, 307: isPermanent = false
        default: isPermanent = true
        }
        // The others of 5xx speak of a service that is overloaded, away, or waits for another one.
        isAmbiguous = [500, 501, 505, 506, 507, 508, 510, 511].contains(status)
        if !isPermanent {
            // HipChat tells when its limit is reset in every answer.
            retryAfter = (status == 429 ? call.rateLimit(headers, now) : nil) ?? RetryAfter.standard(headers, now: now)
        }
        var reason = "\(call.service) answered \(status)"
        switch status {
        case 300...399: reason += ", a redirect, which is not followed: set the URL that it leads to"
        case 401, 403: reason += " (not allowed)"
        case 429: reason += " (too many requests)"
        default: break
        }
        self.reason = call.cleaned(reason, text: text)
    }

    /// For a request that got no answer. All may be over soon, but for a URL that is none.
    init(_ error: HTTPError, of call: ServiceCall) {
        switch error.kind {
        case .invalidURL, .invalidRequest: isPermanent = true
        default: isPermanent = false
        }
        reason = call.cleaned("\(call.service): \(error)", text: "")
    }

    /// For a request that is not made.
    static func turnedAway(_ reason: String, for pause: Duration) -> ServiceError {
        var error = ServiceError(reason: reason, retryAfter: pause)
        error.isTurnedAway = true
        return error
    }

    init(reason: String, isPermanent: Bool = false, retryAfter: Duration? = nil) {
        self.reason = reason
        self.isPermanent = isPermanent
        self.retryAfter = retryAfter?.inSeconds
    }
}

extension ServiceCall {
    /// A reason with what the service said, on one line, without the secrets of the call.
    func cleaned(_ reason: String, text: String) -> String {
        ServiceError.cleaned(reason, text: text, secrets: secrets)
    }
}

extension ServiceError {
    /// A reason with what the service said, on one line, without these secrets.
    static func cleaned(_ reason: String, text: String, secrets: [String]) -> String {
        let redactor = Redactor()
        redactor.register(secrets.flatMap { parts(of: $0) })
        // Redacted before it is cut, or the beginning of a secret could stay.
        let words = redactor.redact(text).split(whereSeparator: { $0.isWhitespace }).joined(separator: " ")
        // By scalars: a character may have any number of accents.
        let scalars = words.unicodeScalars.prefix(excerptLength)
        let excerpt = String(String.UnicodeScalarView(scalars)).shortened(to: excerptLength)
        return redactor.redact(reason).shortened(to: 1000) + (excerpt.isEmpty ? "" : ": \(excerpt)")
    }

    /// A secret, and if it is a URL, the parts by which a service may call it.
    private static func parts(of secret: String) -> [String] {
        guard let scheme = secret.firstRange(of: "://") else { return [secret] }
        let rest = secret[scheme.upperBound...]
        let path = rest.drop { $0 != "/" && $0 != "?" }
        var parts = [secret]
        if path.count > 1 { parts.append(String(path)) }
        for piece in path.split(whereSeparator: { "/?&=#".contains($0) }) where !isWord(piece) {
            parts.append(String(piece))
        }
        return parts
    }

    /// Whether a part of a path is no secret but a name, such as `services`: replacing it would garble the error.
    private static func isWord(_ piece: Substring) -> Bool {
        piece.count < 8 || piece.count < 16 && piece.allSatisfy { $0.isASCII && $0.isLowercase }
    }
}

extension Duration {
    /// Whole and fractional seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
