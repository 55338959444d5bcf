import Foundation
import Glibc
import HTTPClient
import Testing

struct TLSTests {
    /// `openssl s_server`, which answers each request with a page about the connection.
    final class Server: Sendable {
        let port: Int
        let folder: TemporaryFolder
        private let process: Process

        var certificate: String { folder.path + "/cert.pem" }
        var key: String { folder.path + "/key.pem" }

        init(_ options: [String] = [], trustingItself: Bool = false) throws {
            folder = try TemporaryFolder()
            let create = Self.openssl([
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=mesos.test", "-addext", "subjectAltName=DNS:mesos.test", "-keyout",
                folder.path + "/key.pem",
                "-out", folder.path + "/cert.pem",
            ])
            create.standardError = FileHandle.nullDevice
            try create.run()
            create.waitUntilExit()
            let output = Pipe()
            process = Self.openssl(
                [
                    "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", folder.path + "/cert.pem", "-key",
                    folder.path + "/key.pem",
                ] + options + (trustingItself ? ["-CAfile", folder.path + "/cert.pem"] : []))
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            process.standardInput = FileHandle.nullDevice
            try process.run()
            var text = ""
            var found: Int?
            while found == nil {
                let data = output.fileHandleForReading.availableData
                guard !data.isEmpty else { throw ServerFailure("openssl s_server: \(text)") }
                text += String(decoding: data, as: UTF8.self)
                // "ACCEPT 127.0.0.1:43210"
                found = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                    .first { $0.hasPrefix("ACCEPT ") }
                    .flatMap { $0.split(separator: ":").last }.flatMap { Int($0) }
            }
            port = found ?? 0
        }

        /// At once, in the middle of whatever it does.
        func kill() {
            // SIGTERM is blocked in children of a task's thread, which blocks it, too.
            Glibc.kill(process.processIdentifier, SIGKILL)
        }

        deinit {
            kill()
            process.waitUntilExit()
        }

        private static func openssl(_ arguments: [String]) -> Process {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["openssl"] + arguments
            return process
        }
    }

    private func get(_ url: String, _ options: TLSOptions) async throws -> HTTPResponse {
        try await HTTPClient.forTests(tls: options).send(HTTPRequest(.get, url))
    }

    private func tlsError(_ url: String, _ options: TLSOptions) async -> String? {
        let error = await failure { _ = try await get(url, options) }
        guard case .tls(let reason) = error?.kind else {
            Issue.record("\(String(describing: error))")
            return nil
        }
        return reason
    }

    @Test func trustsOnlyWhomItIsTold() async throws {
        let server = try Server()
        let url = "https://127.0.0.1:\(server.port)/"
        #expect(await tlsError(url, TLSOptions())?.contains("certificate") == true)
        #expect(try await get(url, TLSOptions(verifyPeer: false)).status == 200)
        // The certificate is fine, but not for that address.
        #expect(await tlsError(url, TLSOptions(caFile: server.certificate)) != nil)
        #expect(try await get(url, TLSOptions(caFile: server.certificate, serverName: "mesos.test")).status == 200)
        #expect(await tlsError(url, TLSOptions(caFile: server.certificate, serverName: "other.test")) != nil)
        #expect(await tlsError(url, TLSOptions(caFile: "/nowhere/ca.pem"))?.contains("/nowhere/ca.pem") == true)
    }

    @Test func aRequestsOwnOptionsAreStronger() async throws {
        let server = try Server()
        let client = HTTPClient.forTests()
        var request = HTTPRequest(.get, "https://127.0.0.1:\(server.port)/")
        request.tls = TLSOptions(verifyPeer: false)
        #expect(try await client.send(request).status == 200)
        // A connection made without verification is not used for a request that wants it.
        request.tls = nil
        guard case .tls = await failure(of: { _ = try await client.send(request) })?.kind else {
            Issue.record("the unverified connection was used")
            return
        }
    }

    @Test func showsItsOwnCertificate() async throws {
        let server = try Server(["-Verify", "1"], trustingItself: true)
        let url = "https://127.0.0.1:\(server.port)/"
        var options = TLSOptions(verifyPeer: false)
        #expect(await tlsError(url, options)?.contains("certificate required") == true)
        options.certificateFile = server.certificate
        options.keyFile = server.key
        #expect(try await get(url, options).status == 200)
        options.certificateFile = "/nowhere/cert.pem"
        #expect(await tlsError(url, options) != nil)
    }

    @Test func aServerThatDiesDuringAnUploadIsAnOrdinaryError() async throws {
        let server = try Server()
        let source = ChunkSource(count: .max, size: 64 << 10)
        var request = HTTPRequest(
            .put, "https://127.0.0.1:\(server.port)/",
            body: .stream(length: nil) {
                if source.askedCount == 20 { server.kill() }
                return source.next()
            })
        request.tls = TLSOptions(verifyPeer: false)
        let error = await failure { [request] in _ = try await HTTPClient.forTests().send(request) }
        #expect(error?.kind == .connectionClosed(receivedBytes: 0), "\(String(describing: error))")
    }

    @Test func aServerWithoutTLSIsATLSError() async throws {
        let server = try ScriptedServer { connection in
            try connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            try connection.waitForClose()
        }
        defer { server.stop() }
        _ = await tlsError("https://127.0.0.1:\(server.port)/", TLSOptions())
    }

    @Test func aSilentServerDoesNotHangTheHandshake() async throws {
        let server = try ScriptedServer { try $0.waitForClose() }
        defer { server.stop() }
        var request = HTTPRequest(.get, "https://127.0.0.1:\(server.port)/")
        request.connectTimeout = .milliseconds(300)
        let error = await failure { _ = try await HTTPClient.forTests().send(request) }
        #expect(error?.kind == .connectTimeout(.milliseconds(300)))
    }
}
