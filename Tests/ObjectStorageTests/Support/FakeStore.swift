import Foundation
import Glibc
import HTTPClient
import Synchronization

@testable import ObjectStorage

/// A server on 127.0.0.1 that answers each request as the test says, with blocking calls on a thread a connection.
final class FakeStore: Sendable {
    struct Request: Sendable {
        var method: String
        var target: String
        var headers: HTTPHeaders
        var body: [UInt8]
    }

    struct Answer: Sendable {
        var status = 200
        var headers: [String] = []
        var body = ""
        /// Says that there is more body, and closes.
        var isCut = false
    }

    let port: Int
    private let listener: Int32
    private let seen = Mutex<[Request]>([])

    /// The answer to each request, by its number from 0; nil closes the connection instead.
    init(_ answer: @escaping @Sendable (Int, Request) -> Answer?) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound, listen(listener, 64) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in
            while case let connection = accept(descriptor, nil, nil), connection >= 0 {
                var limit = timeval(tv_sec: 60, tv_usec: 0)
                setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
                Thread.detachNewThread { [self] in
                    serve(connection, answer)
                    close(connection)
                }
            }
            close(descriptor)
        }
    }

    var requests: [Request] { seen.withLock { $0 } }

    /// Methods and targets of all requests, the signature's parameters left out.
    var lines: [String] { requests.map { "\($0.method) \($0.target)" } }

    func stop() {
        Glibc.shutdown(listener, Int32(SHUT_RDWR))
    }

    private func serve(_ connection: Int32, _ answer: (Int, Request) -> Answer?) {
        var input: [UInt8] = []
        while let request = read(connection, &input) {
            let number = seen.withLock { seen in
                seen.append(request)
                return seen.count - 1
            }
            guard let answer = answer(number, request) else { return }
            let length = answer.body.utf8.count + (answer.isCut ? 100 : 0)
            let head = ["HTTP/1.1 \(answer.status) Text"] + answer.headers
            let hasLength = answer.headers.contains { $0.hasPrefix("Content-Length") }
            let text = (head + (hasLength ? [] : ["Content-Length: \(length)"])).joined(separator: "\r\n")
            let bytes = Array("\(text)\r\n\r\n\(answer.body)".utf8)
            guard send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count, !answer.isCut else {
                return
            }
        }
    }

    private func read(_ connection: Int32, _ input: inout [UInt8]) -> Request? {
        let end = Array("\r\n\r\n".utf8)
        var headEnd: Int?
        while headEnd == nil {
            headEnd = input.firstRange(of: end)?.upperBound
            if headEnd == nil, !fill(connection, &input) { return nil }
        }
        guard let headEnd else { return nil }
        let lines = String(decoding: input[..<headEnd], as: UTF8.self).components(separatedBy: "\r\n")
        let words = (lines.first ?? "").split(separator: " ").map(String.init)
        guard words.count == 3 else { return nil }
        var headers = HTTPHeaders()
        for line in lines.dropFirst() where line.contains(":") {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            headers.add(parts[0], parts.count > 1 ? parts[1] : "")
        }
        let length = headers["Content-Length"].flatMap { Int($0) } ?? 0
        while input.count < headEnd + length { guard fill(connection, &input) else { return nil } }
        let body = Array(input[headEnd..<(headEnd + length)])
        input.removeFirst(headEnd + length)
        return Request(method: words[0], target: words[1], headers: headers, body: body)
    }

    private func fill(_ connection: Int32, _ input: inout [UInt8]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        let count = recv(connection, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        input += buffer[..<count]
        return true
    }
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
