import Foundation
import HTTPClient
import Testing

/// The error of an exchange that must fail.
func failure(
    sourceLocation: SourceLocation = #_sourceLocation, of exchange: () async throws -> Void
) async -> HTTPError? {
    do {
        try await exchange()
        Issue.record("there was no error", sourceLocation: sourceLocation)
    } catch let error as HTTPError {
        return error
    } catch {
        Issue.record("not an HTTPError: \(error)", sourceLocation: sourceLocation)
    }
    return nil
}

extension HTTPClient {
    /// Without the environment's proxies, which must not decide about tests.
    static func forTests(
        maxConnectionsPerHost: Int = 32, tls: TLSOptions = TLSOptions(), proxy: Configuration.Proxy = .none
    ) -> HTTPClient {
        HTTPClient(
            Configuration(
                userAgent: "tests/1", maxConnectionsPerHost: maxConnectionsPerHost, tls: tls, proxy: proxy))
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// A folder that goes away with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("http-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
