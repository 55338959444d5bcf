import HTTPClient

extension ObjectStoreError {
    /// The error in an answer to a request that was signed at that time.
    init(operation: String, answer: HTTPResponse, signedAt time: RequestTime) {
        let document = AnswerDocument(answer.body)
        let code = document["Code"].map { Self.line($0, limit: 100) } ?? ""
        self.operation = operation
        guard code != "RequestTimeTooSkewed" else {
            let theirs = answer.headers["Date"] ?? document["ServerTime"]
            kind = .clocksDiffer(ours: time.header, theirs: theirs.map { Self.line($0, limit: 40) } ?? "another time")
            return
        }
        let requestID = answer.headers["x-amz-request-id"] ?? document["RequestId"] ?? ""
        kind = .refused(
            Refusal(
                status: answer.status, code: code,
                message: Self.line(document["Message"] ?? Self.plainText(answer), limit: 300),
                requestID: Self.line(requestID, limit: 100), retryAfter: Self.retryAfter(answer)))
    }

    /// Method, bucket and key, fit for one line.
    static func operation(_ method: HTTPMethod, bucket: String, key: String) -> String {
        "\(method) \(line("\(bucket)/\(key)", limit: 600))"
    }

    /// The beginning of a text of a stranger, with blanks for what could move a terminal's cursor or forge a log line.
    static func line(_ text: String, limit: Int) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: result.append(" ")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// What a proxy says that is no object store.
    private static func plainText(_ answer: HTTPResponse) -> String {
        guard answer.headers["Content-Type"]?.hasPrefix("text/plain") == true else { return "" }
        return String(decoding: answer.body.prefix(1_200), as: UTF8.self)
    }

    /// The form in seconds; an hour at most.
    private static func retryAfter(_ answer: HTTPResponse) -> Duration? {
        guard let text = answer.headers["Retry-After"], let seconds = Int(text), seconds >= 0 else { return nil }
        return .seconds(min(seconds, 3_600))
    }
}
