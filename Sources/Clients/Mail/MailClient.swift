import CCurl
import HTTPClient

/// Hands mails to an SMTP server (RFC 5321), by libcurl.
///
/// Each mail has a connection and an event-loop thread of its own, because libcurl stands still while it waits for the
/// server's word on a whole mail. So there should be a few at a time only. Cancelling the task closes the connection.
public final class MailClient: Sendable {
    /// How long one mail may take, and how long the server may be silent in between.
    public struct Limits: Sendable {
        public var total: Duration
        public var silence: Duration

        public init(total: Duration = .seconds(60), silence: Duration = .seconds(10)) {
            self.total = total
            self.silence = silence
        }
    }

    private let limits: Limits

    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Hands the message over for these recipients. When the server takes it for some of them only, that is no error,
    /// as another try would reach those twice.
    public func send(
        _ message: [UInt8], from sender: MailAddress, to recipients: [MailAddress], by server: MailServer
    ) async throws(MailError) -> MailReceipt {
        try await run(.mail(message, from: sender, to: recipients), at: server)
    }

    /// Greets the server, encrypts the connection and logs in as for a mail, and says farewell.
    public func greet(_ server: MailServer) async throws(MailError) {
        _ = try await run(.greeting, at: server)
    }

    private func run(_ errand: SMTPTransfer.Errand, at server: MailServer) async throws(MailError) -> MailReceipt {
        let promise = Promise<MailReceipt, MailError>()
        let loop = CurlLoop(limits: .init(cachedConnections: 0, connectionsPerHost: 0))
        let id = loop.start { [limits] id, context in
            guard let easy = EasyHandle() else {
                promise.keep(.failure(MailError("out of memory")))
                loop.stop()
                return nil
            }
            // The last thing a transfer does is to end its loop, on the loop's thread: nobody has to wait for that.
            let transfer = SMTPTransfer(easy, errand, limits: limits, id: id, context: context) { outcome in
                promise.keep(outcome)
                loop.stop()
            }
            guard transfer.prepare(by: server) else {
                transfer.stopped()
                return nil
            }
            return transfer
        }
        guard let id else { throw MailError("no thread could be started for the mail") }
        return try await withTaskCancellationHandler {
            await promise.outcome()
        } onCancel: {
            promise.keep(.failure(MailError("cancelled")))
            loop.cancel(id)
        }.get()
    }
}
