import Foundation
import Glibc
import Synchronization

/// A service over TLS on a free port of 127.0.0.1, by `openssl s_server`, with a certificate of its own that nobody
/// trusts unless told to. It takes one connection after the other, records each POST, and answers it with 200.
public final class TLSServer: Sendable {
    public let port: Int
    /// The certificate, in PEM, for `localhost` and 127.0.0.1.
    public let certificate: String
    private let folder: URL
    private let process: Process
    private let received = Mutex<[ServedRequest]>([])

    public init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        certificate = folder.appending(path: "cert.pem").path
        let key = folder.appending(path: "key.pem").path
        let made = try Command.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key,
                "-out", certificate,
            ])
        guard let made, made.status == 0 else { throw HarnessError("openssl req: \(made?.errors ?? "not there")") }
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw HarnessError("socketpair: errno \(errno)")
        }
        // What is sent over TLS comes and goes in the clear here, among what the program says of itself.
        let clear = ServedConnection(ends[0])
        let theirs = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key]
        process.standardInput = theirs
        process.standardOutput = theirs
        process.standardError = FileHandle.nullDevice
        try process.run()
        try theirs.close()
        // "ACCEPT 127.0.0.1:43210"
        guard clear.skip(to: "ACCEPT "), let port = clear.nextLine()?.split(separator: ":").last.flatMap({ Int($0) })
        else { throw HarnessError("openssl s_server does not listen") }
        self.port = port
        Thread.detachNewThread { [self] in
            while clear.skip(to: "POST "), let request = clear.nextRequest() {
                received.withLock { $0.append(request) }
                // Or the next connection would not get its turn.
                clear.respond(200, headers: ["Connection: close"], "")
            }
            clear.close()
        }
    }

    public var requests: [ServedRequest] { received.withLock { $0 } }

    public func stop() {
        // SIGTERM is blocked in children of a task's thread, which blocks it, too.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}
