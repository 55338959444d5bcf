import Complaints
import MailClient

extension EmailReporter {
    /// Visits the mail server of the settings, without a mail: what would keep one from being sent.
    @Sendable static func inquire(_ settings: SettingValues) async -> Finding? {
        guard let server = server(settings) else { return nil }
        let client = MailClient(limits: .init(total: .seconds(20)))
        do throws(MailError) {
            try await client.greet(server)
            return nil
        } catch {
            return finding(failure(error, at: server).reason, error)
        }
    }

    private static func finding(_ reason: String, _ error: MailError) -> Finding {
        func finding(_ setting: String, _ remedy: String) -> Finding {
            Finding(.error, setting, reason, remedy: remedy)
        }
        switch error.cause {
        case .login: return finding("email.username", "see that email.username and email.password are right")
        case .noEncryption:
            return finding("email.tls", "use another port or smtps://, or -email.tls=none if the way there is safe")
        case .certificate:
            return finding(
                "email.url", "use the name in the server's certificate, and give its authority by email.ca_file")
        case .other: return finding("email.url", "give host and port of a server that takes mails: smtp://host:587")
        }
    }
}
