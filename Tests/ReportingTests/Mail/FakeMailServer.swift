import Synchronization
import TestTools

/// A mail server for tests on a free port of 127.0.0.1, which does something else than it should wherever a test wants it
/// to.
final class FakeMailServer: Sendable {
    /// A moment of the conversation. `body` is in the middle of a mail, `mail` after its end.
    enum Stage: Sendable { case greeting, hello, encryption, login, sender, recipient, data, body, mail }

    enum Act: Sendable {
        case say(String)
        /// Says nothing until the client gives up.
        case silence
        case close
        /// As a server that crashes.
        case reset
    }

    struct Mail: Sendable, Equatable {
        var from: String
        var to: [String]
        var text: String
    }

    private struct State {
        var acts: [Stage: Act]
        var mails: [Mail] = []
        var commands: [String] = []
    }

    private let server: LoopbackServer
    private let state: Mutex<State>
    private let extensions: [String]
    private let refusals: [String: String]

    /// - Parameters:
    ///   - extensions: what it offers: `STARTTLS`, `AUTH PLAIN`.
    ///   - refusals: replies to recipients, by address.
    init(_ acts: [Stage: Act] = [:], extensions: [String] = [], refusals: [String: String] = [:]) throws {
        state = Mutex(State(acts: acts))
        self.extensions = extensions
        self.refusals = refusals
        server = try LoopbackServer()
        server.start { [self] in serve($0) }
    }

    var port: Int { server.port }
    var url: String { "smtp://127.0.0.1:\(port)" }
    var connectionCount: Int { server.connectionCount }
    /// Mails that were taken.
    var mails: [Mail] { state.withLock { $0.mails } }
    /// The first words of what it was told, in order.
    var commands: [String] { state.withLock { $0.commands } }
    func behave(_ acts: [Stage: Act]) { state.withLock { $0.acts = acts } }
    func stop() { server.stop() }

    private func serve(_ connection: ServedConnection) {
        guard reply("220 fake.test ESMTP", at: .greeting, on: connection) else { return }
        var mail = Mail(from: "", to: [], text: "")
        while let line = connection.nextLine(), carryOut(line, &mail, on: connection) {}
    }

    /// Whether the next command may come.
    private func carryOut(_ line: String, _ mail: inout Mail, on connection: ServedConnection) -> Bool {
        let command = String(line.prefix { $0 != " " }).uppercased()
        state.withLock { $0.commands.append(command) }
        switch command {
        case "EHLO", "HELO":
            let lines = ["fake.test"] + extensions
            let text = lines.dropLast().map { "250-\($0)\r\n" }.joined() + "250 \(lines.last ?? "")"
            return reply(text, at: .hello, on: connection)
        case "STARTTLS": return reply("502 not here", at: .encryption, on: connection)
        case "AUTH":
            connection.send("334 \r\n")
            return connection.nextLine() != nil && reply("235 welcome", at: .login, on: connection)
        case "MAIL":
            mail = Mail(from: address(line), to: [], text: "")
            return reply("250 OK", at: .sender, on: connection)
        case "RCPT":
            if let refusal = refusals[address(line)] { return connection.send(refusal + "\r\n") }
            mail.to.append(address(line))
            return reply("250 OK", at: .recipient, on: connection)
        case "DATA": return take(&mail, on: connection)
        case "QUIT":
            connection.send("221 bye\r\n")
            return false
        default: return connection.send("250 OK\r\n")
        }
    }

    private func take(_ mail: inout Mail, on connection: ServedConnection) -> Bool {
        guard reply("354 go on", at: .data, on: connection) else { return false }
        if case .say = act(.data) { return true }
        while let line = connection.nextLine(), line != "." {
            mail.text += line + "\n"
            if act(.body) != nil { return reply("", at: .body, on: connection) }
        }
        if act(.mail) == nil { state.withLock { [mail] in $0.mails.append(mail) } }
        return reply("250 taken", at: .mail, on: connection)
    }

    private func act(_ stage: Stage) -> Act? { state.withLock { $0.acts[stage] } }

    private func reply(_ usual: String, at stage: Stage, on connection: ServedConnection) -> Bool {
        switch act(stage) {
        case nil: return connection.send(usual + "\r\n")
        case .say(let text): return connection.send(text + "\r\n")
        case .silence: connection.waitForClose()
        case .close: break
        case .reset: connection.resetAtEnd()
        }
        return false
    }

    /// Between `<` and `>`.
    private func address(_ line: String) -> String {
        String(line.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
    }
}
