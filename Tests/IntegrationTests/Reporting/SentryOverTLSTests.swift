import Foundation
import TestTools
import Testing

/// The forms of a DSN with https, by the real worker, at a service with a certificate of its own.
@Suite(.serialized)
struct SentryOverTLSTests {
    /// Instances, what is before the `@` and after the port of their DSN, and what must be asked for it.
    private static let forms: [(instance: String, keys: String, path: String, target: String)] = [
        ("plain", "public1", "/1", "/api/1/envelope/"),
        ("secret", "public2:s3cr3t", "/2", "/api/2/envelope/"),
        ("below", "public3", "/tools/sentry/3", "/tools/sentry/api/3/envelope/"),
        ("all", "public4:s3cr3t", "/tools/4/", "/tools/api/4/envelope/"),
    ]

    @Test func eachFormOfADSNReachesItsURL() async throws {
        let server = try TLSServer()
        defer { server.stop() }
        let names = Self.forms.map(\.instance).joined(separator: ",")
        let labels = Self.forms.flatMap { form in
            let dsn = "https://\(form.keys)@127.0.0.1:\(server.port)\(form.path)"
            return ["-label", "complainer_sentry_instance_\(form.instance)_dsn=\(dsn)"]
        }
        let run = try await CommandRun(
            ["test-report", "-reporter", "sentry", "-label", "complainer_sentry_instances=\(names)"] + labels,
            environment: ["SSL_CERT_FILE": server.certificate])
        #expect(run.status == 0, "\(run)")
        #expect(Set(server.requests.map(\.target)) == Set(Self.forms.map(\.target)))
        for form in Self.forms {
            #expect(run.out.contains("sentry/\(form.instance): delivered\n"), "\(run.out)")
            let request = try #require(server.requests.first { $0.target == form.target }, "\(form.instance)")
            let keys = form.keys.split(separator: ":")
            let authorization = try #require(request.header("X-Sentry-Auth"))
            let expected = ", sentry_key=\(keys[0])" + (keys.count > 1 ? ", sentry_secret=\(keys[1])" : "")
            #expect(authorization.hasSuffix(expected), "\(authorization)")
            #expect(request.header("Host") == "127.0.0.1:\(server.port)")
            #expect(request.text.hasPrefix("{\"dsn\":\"https://\(keys[0])@127.0.0.1:\(server.port)/"))
        }
    }
}
