import Foundation

/// A real mail server (aiosmtpd) for one test, on a free port of 127.0.0.1.
struct SMTPSink: Sendable {
    /// A mail as it arrived, and as Python's mail library reads it.
    struct Mail: Decodable, Sendable {
        var from: String
        var to: [String]
        var reply: String
        /// Byte for byte, as Latin-1.
        var content: String
        var headers: [String]
        var subject: String
        var shownTo: String
        var text: String?
        var html: String?
        var defects: [String]
        var tls: Bool
        var user: String?
    }

    /// A certificate for `localhost`, self-signed, in PEM.
    struct Certificate: Sendable {
        var certificate: URL
        var key: URL

        init(in folder: URL) async throws {
            certificate = folder.appending(path: "cert.pem")
            key = folder.appending(path: "key.pem")
            let process = try ChildProcess(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key.path, "-out",
                    certificate.path,
                ], name: "openssl", in: folder)
            guard try await process.waitForExit() == .code(0) else { throw HarnessError("openssl\n\(process.tail)") }
        }
    }

    let port: Int
    private let out: URL
    private let log: URL

    /// Starts one, lends it to `body`, and stops it, whatever happens.
    static func run(
        _ options: [String] = [], certificate: Certificate? = nil, _ body: (SMTPSink) async throws -> Void
    ) async throws {
        let folder = try Scratch.folder("smtp")
        let out = folder.appending(path: "mails")
        let files = certificate.map { ["--cert", $0.certificate.path, "--key", $0.key.path] } ?? []
        let process = try ChildProcess(
            Checkout.support.appending(path: "smtp/smtp-sink").path, ["--out", out.path] + files + options,
            name: "smtp-sink", in: folder, environment: PythonKit.environment)
        do {
            let port = try await waitFor("the mail server") {
                if let exit = process.exit { throw Hopeless(description: "it ended: \(exit)\n\(process.tail)") }
                let words = try String(contentsOf: process.standardOutput, encoding: .utf8).split(separator: " ")
                return words.count == 2 ? Int(words[1].filter(\.isNumber)) : nil
            }
            try await body(SMTPSink(port: port, out: out, log: process.standardOutput))
        } catch {
            await process.stop()
            throw error
        }
        await process.stop()
    }

    /// What the server says of itself: that it is silent now, for one.
    var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// What has arrived so far, refused ones too.
    var mails: [Mail] {
        get throws {
            guard let data = try? Data(contentsOf: out) else { return [] }
            return try data.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Mail.self, from: $0) }
        }
    }
}
