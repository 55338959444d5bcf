import Foundation
import Glibc
import Synchronization
import TestTools

/// Answers as Vault might, on a free port of 127.0.0.1, or stands before a real one. Every answer closes its connection.
public final class FakeVault: Sendable {
    public struct Request: Sendable, Equatable {
        /// `GET /v1/secret/web`
        public var line: String
        /// By their names in lower case.
        public var headers: [String: String]
        public var body: String

        public var token: String? { headers["x-vault-token"] }
    }

    public struct Answer: Sendable {
        public var status: Int
        public var headers: [String: String]
        public var body: String
        fileprivate var fault: Fault?

        fileprivate enum Fault { case lost, held }

        public init(status: Int = 200, headers: [String: String] = [:], body: String = "") {
            self.status = status
            self.headers = headers
            self.body = body
        }

        public static func json(_ body: String, status: Int = 200) -> Answer { Answer(status: status, body: body) }
        public static func refusal(_ status: Int, _ words: String = "no") -> Answer {
            Answer(status: status, body: "{\"errors\":[\"\(words)\"]}")
        }
        /// The connection is closed instead.
        public static var lost: Answer { fault(.lost) }
        /// Nothing, until the fake stops.
        public static var held: Answer { fault(.held) }

        private static func fault(_ fault: Fault) -> Answer {
            var answer = Answer()
            answer.fault = fault
            return answer
        }
    }

    /// nil: the real server answers.
    public typealias Script = @Sendable (Request, _ number: Int) -> Answer?

    private let server: LoopbackServer
    private let real: Int?
    private let seen = Mutex<[Request]>([])
    private let holding = Mutex(0)

    /// - Parameters:
    ///   - real: the port of the server that is behind this one.
    ///   - script: answers to the request of that number, the first is 0.
    public init(before real: Int? = nil, _ script: @escaping Script) throws {
        self.real = real
        server = try LoopbackServer()
        server.start { [weak self] connection in
            guard let request = connection.nextRequest() else { return }
            self?.answer(Request(request), on: connection, script)
        }
    }

    public var port: Int { server.port }
    public var url: String { server.url }
    public var requests: [Request] { seen.withLock { $0 } }
    /// `GET secret/web`
    public var lines: [String] { requests.map { $0.line.replacingOccurrences(of: " /v1/", with: " ") } }

    /// Whether somebody waits for an answer that will not come.
    public var isHolding: Bool { holding.withLock { $0 > 0 } }

    public func stop() { server.stop() }

    private func answer(_ request: Request, on connection: ServedConnection, _ script: Script) {
        let number = seen.withLock { seen in
            seen.append(request)
            return seen.count - 1
        }
        let answer = script(request, number) ?? real.flatMap { forward(request, to: $0) } ?? .lost
        switch answer.fault {
        case .lost?: return
        case .held?:
            holding.withLock { $0 += 1 }
            connection.waitForClose()
        case nil:
            connection.respond(
                answer.status, headers: ["Connection: close"] + answer.headers.map { "\($0.key): \($0.value)" },
                answer.body)
        }
    }

    /// What the real server answers to it, as it came.
    public func forward(_ request: Request, to port: Int) -> Answer? {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(connection) }
        guard Loopback.connect(connection, to: port) else { return nil }
        // HTTP/1.0: the answer is not chunked, and ends with the connection.
        var text = "\(request.line) HTTP/1.0\r\n"
        for (name, value) in request.headers where name != "connection" { text += "\(name): \(value)\r\n" }
        Self.write(text + "\r\n" + request.body, to: connection)
        var bytes: [UInt8] = []
        while let more = Self.read(connection, upTo: 65_536) { bytes += more }
        let answer = String(decoding: bytes, as: UTF8.self)
        guard let end = answer.range(of: "\r\n\r\n"), let status = Int(answer.dropFirst(9).prefix(3)) else {
            return nil
        }
        return Answer(status: status, body: String(answer[end.upperBound...]))
    }

    private static func read(_ connection: Int32, upTo count: Int) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: count)
        let got = Glibc.read(connection, &buffer, count)
        return got > 0 ? Array(buffer.prefix(got)) : nil
    }

    private static func write(_ text: String, to connection: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }
}

extension FakeVault.Request {
    fileprivate init(_ request: ServedRequest) {
        line = request.line.replacingOccurrences(of: " HTTP/1.1", with: "")
        headers = [:]
        for header in request.headers {
            let parts = header.split(separator: ":", maxSplits: 1).map(String.init)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        body = request.text
    }
}
