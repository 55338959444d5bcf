import Foundation
import FoundationNetworking

/// What the tests themselves ask servers for, by other code than that under test.
enum HTTPGet {
    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.connectionProxyDictionary = [:]
        return URLSession(configuration: configuration)
    }()

    /// The body of a 200 answer; anything else throws. `timeout` is in seconds without a byte.
    static func data(_ url: String, timeout: Double = 20) async throws -> Data {
        guard let parsed = URL(string: url) else { throw HarnessError("not a URL: \(url)") }
        let request = URLRequest(url: parsed, timeoutInterval: timeout)
        let (data, response) = try await session.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard status == 200 else {
            throw HarnessError("GET \(url): \(status) \(String(decoding: data.prefix(300), as: UTF8.self))")
        }
        return data
    }

    /// Any answer's status and text.
    static func page(_ url: String) async throws -> (status: Int, text: String) {
        let (status, body) = try await answer(url)
        return (status, String(decoding: body, as: UTF8.self))
    }

    /// Any answer's status and body.
    static func answer(_ url: String, timeout: Double = 20) async throws -> (status: Int, body: Data) {
        guard let parsed = URL(string: url) else { throw HarnessError("not a URL: \(url)") }
        let (data, response) = try await session.data(for: URLRequest(url: parsed, timeoutInterval: timeout))
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, data)
    }

    static func text(_ url: String) async throws -> String {
        String(decoding: try await data(url), as: UTF8.self)
    }

    static func json<Value: Decodable>(_ type: Value.Type, _ url: String) async throws -> Value {
        try JSONDecoder.mesos.decode(type, from: try await data(url))
    }
}
