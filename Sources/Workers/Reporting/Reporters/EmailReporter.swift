import Complaints
import Logging
import MailClient
import Observability
import Supervision

/// Mails each report, as text and HTML with the ends of the logs.
///
/// A mail has the same `Message-ID` in each try, by which many servers and programs drop a second copy.
public struct EmailReporter: Reporter {
    public static let kind = "email"
    public let credit = 4

    private let settings: SettingValues
    private let subject: ReportFormat
    private let format: ReportFormat
    private let client: MailClient
    private let gate: ServiceGate
    private let time: ServiceTime
    private let logger = Logger(label: "reporter/email")

    init(_ settings: WorkerSettings, client: MailClient = MailClient(), time: ServiceTime = ServiceTime()) throws {
        self.settings = SettingValues(settings.values)
        self.client = client
        self.time = time
        gate = ServiceGate(interval: .zero, time: time)
        subject = try ReportFormat(EmailSettings.owner, self.settings, key: "subject")
        format = try ReportFormat(EmailSettings.owner, self.settings)
    }

    public func deliver(_ report: Report) async throws(DeliveryError) -> DeliveryResult {
        guard let server = server(for: report) else { return .notConfigured("url") }
        guard let sender = report.value("from", settings) else { return .notConfigured("from") }
        guard let recipients = report.value("to", settings) else { return .notConfigured("to") }
        let from = try Self.address("from", report) { () throws(MailAddress.Invalid) in try MailAddress(sender) }
        let to = try Self.address("to", report) { () throws(MailAddress.Invalid) in try MailAddress.list(recipients) }
        let mail = ReportMail(
            report, subject: try subject.headline(report), body: try format.render(report),
            withTails: report.flag("tail", settings) ?? true)
        let message = mail.message(report, from: from, to: to, date: time.wallClock())
        do throws(ServiceError) {
            let receipt = try await send(message, by: server)
            if !receipt.refusals.isEmpty {
                logger.warning(
                    "the mail was taken, but not for all recipients: \(receipt.refusals.joined(separator: "; "))",
                    metadata: [LogMetadata.taskID: "\(report.delivery.failure.id)"])
            }
        } catch {
            throw error.delivery
        }
        return .delivered
    }

    private static func address<Value>(
        _ key: String, _ report: Report, _ parse: () throws(MailAddress.Invalid) -> Value
    ) throws(DeliveryError) -> Value {
        do throws(MailAddress.Invalid) {
            return try parse()
        } catch {
            var failure = DeliveryError("an address of the mail is wrong: \(error)", isPermanent: true)
            if report.label(key) != nil { failure.unusable = UnusableValue(origin: .label(key)) }
            throw failure
        }
    }

    private func send(_ message: MailMessage, by server: MailServer) async throws(ServiceError) -> MailReceipt {
        return try await gate.pass(to: server.url, of: "the mail server") { () async throws(ServiceError) in
            do throws(MailError) {
                return try await client.send(message.bytes, from: message.from, to: message.to, by: server)
            } catch {
                throw Self.failure(error, at: server)
            }
        }
    }

    /// What became of a mail, with the server's name and without the password.
    static func failure(_ error: MailError, at server: MailServer) -> ServiceError {
        let place = (try? NetworkAddress(server.url, schemes: ["smtp", "smtps"])).map {
            $0.host + ($0.port.map { ":\($0)" } ?? "")
        }
        let said = ServiceError.cleaned("", text: "\(error)", secrets: [server.password].compactMap(\.self))
        var failure = ServiceError(reason: "mail by \(place ?? "the server")\(said)", isPermanent: error.isPermanent)
        failure.isAmbiguous = error.isAboutMail
        failure.provesLife = error.isAboutMail
        return failure
    }

    /// Whoever labels a task may choose another server, but does not get the settings' password sent to it.
    private func server(for report: Report) -> MailServer? {
        guard let url = report.label("url") else {
            return Self.server(settings, username: report.label("username"), password: report.label("password"))
        }
        return MailServer(
            url: url, username: report.label("username"), password: report.label("password"),
            encryption: Self.encryption(settings), caFile: settings["email.ca_file"])
    }

    /// That of the settings, with what labels say otherwise.
    static func server(_ settings: SettingValues, username: String? = nil, password: String? = nil) -> MailServer? {
        guard let url = settings["email.url"] else { return nil }
        return MailServer(
            url: url, username: username ?? settings["email.username"],
            password: password ?? settings["email.password"],
            encryption: encryption(settings), caFile: settings["email.ca_file"])
    }

    private static func encryption(_ settings: SettingValues) -> MailServer.Encryption {
        settings["email.tls"].flatMap(MailServer.Encryption.init) ?? .auto
    }
}

/// The settings of the email reporter.
enum EmailSettings {
    static let owner = SettingOwner(.reporter, "email", summary: "a mail (SMTP)", settings: settings, check: check)

    static let defaultFormat =
        "Task {{ .failure.Name }} ({{ .failure.ID }}) died with status {{ .failure.State }}."
        + "{{ .nl }}{{ with .failure.Message }}{{ . }}{{ end }}{{ .nl }}{{ .nl }}"
        + "Framework: {{ .failure.Framework }}{{ .nl }}Agent:     {{ .failure.Slave }}{{ .nl }}"
        + "{{ with .failure.Image }}Image:     {{ . }}{{ end }}{{ if .failure.Image }}{{ .nl }}{{ end }}"
        + "Started:   {{ .failure.Started.UTC.Format \"2006-01-02 15:04:05 UTC\" }}{{ .nl }}"
        + "Finished:  {{ .failure.Finished.UTC.Format \"2006-01-02 15:04:05 UTC\" }}{{ .nl }}"
        + "stdout:    {{ .stdoutURL }}{{ .nl }}stderr:    {{ .stderrURL }}{{ .nl }}"

    static let settings = [
        SettingDefinition(
            "email.url", environment: "EMAIL_URL", kind: .url(schemes: ["smtp", "smtps"]),
            help: "mail server: smtp://host:587, or smtps://host", required: .unlessLabelled, isDestination: true),
        SettingDefinition(
            "email.from", environment: "EMAIL_FROM", help: "address that mails are from", placeholder: "ADDRESS",
            required: .unlessLabelled),
        SettingDefinition(
            "email.to", environment: "EMAIL_TO", help: "addresses that mails go to, separated by commas",
            placeholder: "ADDRESS,…", required: .unlessLabelled, place: .recipients),
        SettingDefinition(
            "email.allowed-domains", environment: "EMAIL_ALLOWED_DOMAINS",
            help: "with -labels.destinations=none: domains that recipients named by labels may have, separated by "
                + "commas; *.example.com means all below it",
            placeholder: "DOMAIN,…"),
        SettingDefinition(
            "email.username", environment: "EMAIL_USERNAME", help: "user at the mail server, if it wants one",
            placeholder: "NAME", isDestination: true),
        SettingDefinition(
            "email.password", environment: "EMAIL_PASSWORD", help: "the user's password", placeholder: "PASSWORD",
            isSecret: true),
        SettingDefinition(
            "email.tls", environment: "EMAIL_TLS", kind: .word(["auto", "required", "none"]), default: "auto",
            help: "STARTTLS with smtp://: when the server offers it (always with a password), always, or never"),
        SettingDefinition(
            "email.ca_file", environment: "EMAIL_CA_FILE", kind: .file,
            help: "certificates to trust, in PEM; if not set, the system's"),
        SettingDefinition(
            "email.subject", environment: "EMAIL_SUBJECT", kind: .template,
            default: "Task {{ .failure.Name }} died with status {{ .failure.State }}", help: "template of the subject"),
        SettingDefinition(
            "email.format", environment: "EMAIL_FORMAT", kind: .template, default: defaultFormat,
            help: "template of the text"),
        SettingDefinition(
            "email.tail", environment: "EMAIL_TAIL", kind: .bool, default: "true",
            help: "whether the ends of the logs are below the text"),
    ]

    private static func check(_ values: SettingValues) -> [Finding] {
        var findings = HostPattern.findings("email.allowed-domains", values, mayHavePort: false)
        let remedy = "give addresses like ops@example.com or Ops <ops@example.com>"
        for (name, check) in [
            ("email.from", { text throws(MailAddress.Invalid) in _ = try MailAddress(text) }),
            ("email.to", { text throws(MailAddress.Invalid) in _ = try MailAddress.list(text) }),
        ] as [(String, (String) throws(MailAddress.Invalid) -> Void)] {
            guard let text = values[name] else { continue }
            do throws(MailAddress.Invalid) {
                try check(text)
            } catch {
                findings.append(Finding(.error, name, "\(error)", remedy: remedy))
            }
        }
        if let url = values["email.url"], let address = try? NetworkAddress(url, schemes: ["smtp", "smtps"]) {
            if address.user != nil {
                findings.append(
                    Finding(
                        .error, "email.url", "there is a user in it",
                        remedy: "use email.username and email.password"))
            }
            if values["email.username"] != nil, values["email.tls"] == "none", address.scheme == "smtp" {
                findings.append(
                    Finding(
                        .warning, "email.tls", "the password is sent in the clear", remedy: "use auto or required"))
            }
        }
        return findings
    }
}
