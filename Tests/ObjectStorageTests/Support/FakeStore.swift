import HTTPClient
import Synchronization
import TestTools

@testable import ObjectStorage

/// A server on 127.0.0.1 that answers each request as the test says, with blocking calls on a thread a connection.
final class FakeStore: Sendable {
    typealias Request = ServedRequest

    struct Answer: Sendable {
        var status = 200
        var headers: [String] = []
        var body = ""
        /// Says that there is more body, and closes.
        var isCut = false
    }

    private let server: LoopbackServer
    private let seen = Mutex<[Request]>([])

    /// The answer to each request, by its number from 0; nil closes the connection instead.
    init(_ answer: @escaping @Sendable (Int, Request) -> Answer?) throws {
        server = try LoopbackServer()
        server.start { [self] connection in
            while let request = connection.nextRequest() {
                let number = seen.withLock { seen in
                    seen.append(request)
                    return seen.count - 1
                }
                guard let answer = answer(number, request) else { return }
                let length = answer.body.utf8.count + (answer.isCut ? 100 : 0)
                let head = ["HTTP/1.1 \(answer.status) Text"] + answer.headers
                let hasLength = answer.headers.contains { $0.hasPrefix("Content-Length") }
                let text = (head + (hasLength ? [] : ["Content-Length: \(length)"])).joined(separator: "\r\n")
                guard connection.send("\(text)\r\n\r\n\(answer.body)"), !answer.isCut else { return }
            }
        }
    }

    var port: Int { server.port }
    var requests: [Request] { seen.withLock { $0 } }

    /// Methods and targets of all requests, the signature's parameters left out.
    var lines: [String] { requests.map { "\($0.method) \($0.target)" } }

    func stop() { server.stop() }
}

extension FakeStore.Answer {
    /// An error document with that code.
    static func error(_ status: Int, _ code: String, _ more: String = "", headers: [String] = []) -> Self {
        Self(
            status: status, headers: headers,
            body: "<?xml version=\"1.0\"?>\n<Error><Code>\(code)</Code><Message>It is &lt;\(code)&gt;</Message>"
                + "<RequestId>R1</RequestId><AWSAccessKeyId>ACCESS</AWSAccessKeyId>\(more)</Error>")
    }

    static let began = Self(
        body: "<InitiateMultipartUploadResult><UploadId>U+1</UploadId></InitiateMultipartUploadResult>")
    static let completed = Self(
        body: "  \n<CompleteMultipartUploadResult xmlns=\"x\"><ETag></ETag></CompleteMultipartUploadResult>")

    /// As a store that works answers.
    static func usual(_ request: FakeStore.Request) -> Self {
        switch request.method {
        case "POST" where request.target.hasSuffix("?uploads"): began
        case "POST": completed
        case "PUT": Self(headers: ["ETag: \"e\(request.body.count)\""])
        case "DELETE": Self(status: 204)
        default: Self()
        }
    }
}

extension ObjectStore {
    /// A client of the fake store, whose bucket is `logs`.
    static func of(
        _ server: FakeStore, _ signing: Signing = .version4(region: "us-east-1"),
        clock: @escaping @Sendable () -> RequestTime = { RequestTime(secondsSince1970: 1_369_353_600) }
    ) throws -> ObjectStore {
        let endpoint = try ObjectEndpoint(bucket: "logs", endpoint: "http://127.0.0.1:\(server.port)", pathStyle: true)
        return ObjectStore(
            Configuration(
                endpoint: endpoint, credentials: ObjectStoreCredentials(accessKey: "ACCESS", secretKey: "SECRET"),
                signing: signing),
            http: HTTPClient(HTTPClient.Configuration(proxy: .none)), clock: clock)
    }
}

/// The error of something that must fail.
func failure(of body: () async throws -> Void) async -> ObjectStoreError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? ObjectStoreError
    }
}
