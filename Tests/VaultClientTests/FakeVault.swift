import Foundation
import Glibc
import Synchronization
import Testing

/// Answers as Vault might, on a free port of 127.0.0.1; every answer closes its connection.
final class FakeVault: Sendable {
    struct Request: Sendable, Equatable {
        /// `GET /v1/secret/web`
        var line: String
        /// By their names in lower case.
        var headers: [String: String]
        var body: String
    }

    struct Answer: Sendable {
        var status = 200
        var headers: [String: String] = [:]
        var body = ""
        /// No answer at all.
        var isLost = false

        static func json(_ body: String, status: Int = 200) -> Answer { Answer(status: status, body: body) }
        static func refusal(_ status: Int, _ words: String = "no") -> Answer {
            Answer(status: status, body: "{\"errors\":[\"\(words)\"]}")
        }
        static let lost = Answer(isLost: true)
    }

    let port: Int
    private let listener: Int32
    private let seen = Mutex<[Request]>([])

    /// - Parameter answer: to the request of that number, the first is 0.
    init(_ answer: @escaping @Sendable (Request, Int) -> Answer) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        try #require(bound, "cannot listen on 127.0.0.1")
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                serve(connection, answer)
                close(connection)
            }
            close(listener)
        }
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { seen.withLock { $0 } }
    var lines: [String] { requests.map(\.line) }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ connection: Int32, _ answer: (Request, Int) -> Answer) {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard let byte = Self.read(connection, 1)?.first else { return }
            head.append(byte)
        }
        var lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n").filter { !$0.isEmpty }
        var request = Request(
            line: lines.removeFirst().replacingOccurrences(of: " HTTP/1.1", with: ""), headers: [:], body: "")
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            if parts.count == 2 {
                request.headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        let length = Int(request.headers["content-length"] ?? "0") ?? 0
        guard let body = Self.read(connection, length) else { return }
        request.body = String(decoding: body, as: UTF8.self)
        let number = seen.withLock { seen in
            seen.append(request)
            return seen.count - 1
        }
        let answer = answer(request, number)
        guard !answer.isLost else { return }
        var text = "HTTP/1.1 \(answer.status) X\r\nConnection: close\r\nContent-Length: \(answer.body.utf8.count)\r\n"
        for (name, value) in answer.headers { text += "\(name): \(value)\r\n" }
        let bytes = Array((text + "\r\n" + answer.body).utf8)
        _ = bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    private static func read(_ connection: Int32, _ count: Int) -> [UInt8]? {
        var result: [UInt8] = []
        while result.count < count {
            var buffer = [UInt8](repeating: 0, count: count - result.count)
            let got = Glibc.read(connection, &buffer, buffer.count)
            guard got > 0 else { return nil }
            result += buffer.prefix(got)
        }
        return result
    }
}
