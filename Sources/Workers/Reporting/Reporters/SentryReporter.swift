import Complaints
import HTTPClient
import Supervision

/// Makes an event in Sentry of each failure, with the ends of the logs as attachments.
///
/// A failure has the same event id in each try, so that Sentry drops the second. Servers that do not know envelopes get
/// the event alone; so do those that find the attachments too large.
public struct SentryReporter: Reporter {
    public static let kind = "sentry"
    public let credit = 4

    private let service: ServiceAccess

    init(_ settings: WorkerSettings, client: ServiceClient = ServiceClient()) {
        service = ServiceAccess(settings, client: client)
    }

    public func deliver(_ report: Report) async throws(DeliveryError) -> DeliveryResult {
        guard let text = service.value("dsn", report) else { return .notConfigured("dsn") }
        let dsn: SentryDSN
        do throws(SentryDSN.Problem) {
            dsn = try SentryDSN(text)
        } catch {
            var failure = DeliveryError("the DSN of Sentry cannot be used: \(error)", isPermanent: true)
            if report.label("dsn") != nil { failure.unusable = UnusableValue(origin: .label("dsn")) }
            throw failure
        }
        let event = SentryEvent(
            report, release: service.value("release", report), environment: service.value("environment", report))
        let payload = try ServiceJSON.bytes(event)
        let tails = [
            ("stdout.txt", report.delivery.evidence.stdoutTail), ("stderr.txt", report.delivery.evidence.stderrTail),
        ].filter { !$0.1.isEmpty }
        var plain = try SentryEnvelope(eventID: event.eventID, dsn: dsn, sentAt: service.client.now)
        try plain.add(event: payload)
        var full = plain
        for (name, tail) in tails { try full.add(attachment: tail, named: name) }
        do throws(ServiceError) {
            try await send(full.bytes, payload, smaller: tails.isEmpty ? nil : plain.bytes, to: dsn, text)
        } catch {
            throw error.delivery
        }
        return .delivered
    }

    private func send(
        _ envelope: [UInt8], _ event: [UInt8], smaller: [UInt8]?, to dsn: SentryDSN, _ text: String
    ) async throws(ServiceError) {
        do throws(ServiceError) {
            try await service.client.send(call(dsn.envelopeURL, "application/x-sentry-envelope", envelope, dsn, text))
        } catch {
            switch error.status {
            case 404: try await service.client.send(call(dsn.storeURL, "application/json", event, dsn, text))
            case 413:
                guard let smaller else { throw error }
                try await service.client.send(
                    call(dsn.envelopeURL, "application/x-sentry-envelope", smaller, dsn, text))
            default: throw error
            }
        }
    }

    private func call(
        _ url: String, _ contentType: String, _ body: [UInt8], _ dsn: SentryDSN, _ text: String
    ) -> ServiceCall {
        let request = HTTPRequest(
            .post, url, headers: ["Content-Type": contentType, "X-Sentry-Auth": dsn.authorization],
            body: .bytes(body))
        let secrets = [dsn.publicKey, dsn.secretKey].compactMap(\.self)
        var call = ServiceCall("Sentry", request, destination: text, secrets: secrets)
        call.rateLimit = { headers, _ in Self.rateLimit(headers["X-Sentry-Rate-Limits"]) }
        call.reasonHeader = "X-Sentry-Error"
        return call
    }

    /// The pause for errors out of `X-Sentry-Rate-Limits`: `SECONDS:CATEGORY;…:SCOPE:…, …`, where no category means all.
    static func rateLimit(_ header: String?) -> Double? {
        guard let header else { return nil }
        let pauses = header.split(separator: ",").compactMap { limit -> Double? in
            let parts = limit.split(separator: ":", omittingEmptySubsequences: false)
            guard let seconds = Double(parts.first?.split(separator: " ").first ?? "") else { return nil }
            let categories = parts.count > 1 ? parts[1].split(separator: ";") : []
            guard categories.isEmpty || categories.contains("error") || categories.contains("default") else {
                return nil
            }
            return RetryAfter.bounded(seconds)
        }
        return pauses.max()
    }
}

/// The settings of the Sentry reporter.
enum SentrySettings {
    static let owner = SettingOwner(
        .reporter, "sentry", summary: "an event in Sentry", settings: settings, check: check)

    static let settings = [
        SettingDefinition(
            "sentry.dsn", environment: "SENTRY_DSN", kind: .url(schemes: ["https", "http"]),
            help: "DSN of the project: https://KEY@host/PROJECT", placeholder: "DSN", isSecret: true,
            required: .unlessLabelled, isDestination: true),
        SettingDefinition(
            "sentry.environment", environment: "SENTRY_ENVIRONMENT", help: "environment of the events, e.g. production",
            placeholder: "NAME"),
        SettingDefinition(
            "sentry.release", environment: "SENTRY_RELEASE", help: "release of the events, most often set by a label",
            placeholder: "VERSION"),
    ]

    private static func check(_ values: SettingValues) -> [Finding] {
        guard let dsn = values["sentry.dsn"],
            let address = try? NetworkAddress(dsn, schemes: ["https", "http"])
        else { return [] }
        let remedy = "copy the DSN from the project's settings: https://KEY@host/PROJECT"
        if address.user?.isEmpty != false {
            return [Finding(.error, "sentry.dsn", "there is no key before \"@\"", remedy: remedy)]
        }
        let project = address.path.split(separator: "/").last ?? ""
        guard !project.isEmpty, !address.path.hasSuffix("/"), project.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            return [Finding(.error, "sentry.dsn", "it does not end with the project's number", remedy: remedy)]
        }
        return []
    }
}
