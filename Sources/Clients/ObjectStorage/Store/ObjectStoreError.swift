import HTTPClient

/// Why something could not be done with an object: `PUT logs/2026-01-01/app/stdout: 403 AccessDenied: …`. No secret and
/// no signature is in it.
public struct ObjectStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// An answer that says no.
    public struct Refusal: Sendable, Equatable {
        public var status: Int
        /// `<Code>` of the answer ("Error Responses" of the Amazon S3 API Reference); empty when there is none.
        public var code: String
        /// `<Message>`, at most 300 characters.
        public var message: String
        /// What the store's operators ask for.
        public var requestID: String
        /// What the store wants to be left alone for.
        public var retryAfter: Duration?

        public init(
            status: Int, code: String = "", message: String = "", requestID: String = "", retryAfter: Duration? = nil
        ) {
            self.status = status
            self.code = code
            self.message = message
            self.requestID = requestID
            self.retryAfter = retryAfter
        }
    }

    public enum Kind: Sendable, Equatable {
        /// No answer.
        case transport(HTTPError.Kind)
        case refused(Refusal)
        /// Both clocks, as they were when the store refused the request's time.
        case clocksDiffer(ours: String, theirs: String)
        /// An answer that does not say what it should; with the reason.
        case unexpectedAnswer(String)
        /// The key cannot be one: with the reason.
        case invalidKey(String)
        /// More than so many parts would be needed.
        case tooManyParts(limit: Int)
    }

    /// Method, bucket and key.
    public let operation: String
    public let kind: Kind

    public init(operation: String, kind: Kind) {
        self.operation = operation
        self.kind = kind
    }

    /// Whether the same request may succeed later.
    public var isRetryable: Bool {
        switch kind {
        case .transport(let kind): Self.isRetryable(kind)
        case .refused(let refusal): refusal.isRetryable
        case .unexpectedAnswer: true
        // A clock that is being set right may take longer than a few retries: the caller's next round has another go.
        case .clocksDiffer, .invalidKey, .tooManyParts: false
        }
    }

    /// How long the store wants to be left alone for, where it said so.
    public var retryAfter: Duration? {
        if case .refused(let refusal) = kind { refusal.retryAfter } else { nil }
    }

    /// The answer's code, such as `NoSuchBucket`; nil when there is none.
    public var code: String? {
        if case .refused(let refusal) = kind, !refusal.code.isEmpty { refusal.code } else { nil }
    }

    public var description: String {
        switch kind {
        case .transport(let kind): "\(operation): \(kind)"
        case .refused(let refusal): "\(operation): \(refusal)"
        case .clocksDiffer(let ours, let theirs):
            "\(operation): the clocks differ too much: it is \(ours) here and \(theirs) at the store; "
                + "see that both synchronise their time"
        case .unexpectedAnswer(let reason): "\(operation): unexpected answer: \(reason)"
        case .invalidKey(let reason): "\(operation): invalid key: \(reason)"
        case .tooManyParts(let limit): "\(operation): more than the \(limit) parts that an object may have"
        }
    }

    private static func isRetryable(_ kind: HTTPError.Kind) -> Bool {
        switch kind {
        case .invalidURL, .invalidRequest, .cancelled, .bodyTooLarge, .upload, .tooManyRedirects, .unsuccessful: false
        case .couldNotResolve, .connectionRefused, .couldNotConnect, .connectTimeout, .timeout, .idle,
            .connectionClosed, .invalidResponse, .tls, .proxy, .other:
            true
        }
    }
}

extension ObjectStoreError.Refusal: CustomStringConvertible {
    /// Codes that come with a status below 500 and go away by themselves.
    private static let passing: Set<String> = [
        "SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "OperationAborted", "BadDigest",
        "IncompleteBody", "Throttling", "RequestLimitExceeded",
    ]

    var isRetryable: Bool {
        status == 429 || status == 408 || status >= 500 && status != 501 || Self.passing.contains(code)
    }

    public var description: String {
        var text = "\(status)"
        if !code.isEmpty { text += " \(code)" }
        if !message.isEmpty { text += ": \(message)" }
        if let advice { text += " (\(advice))" }
        if !requestID.isEmpty { text += " [request \(requestID)]" }
        return text
    }

    private var advice: String? {
        switch code {
        case "InvalidAccessKeyId": "the store does not know the access key"
        case "SignatureDoesNotMatch": "see that secret key and region are right"
        case "AccessDenied": "the user needs s3:PutObject on the bucket, and s3:GetObject for links to work"
        case "NoSuchBucket": "make the bucket, or see that its name and the endpoint are right"
        case "PermanentRedirect", "AuthorizationHeaderMalformed": "see that region and endpoint are the bucket's"
        default: nil
        }
    }
}
