import Foundation
import Glibc
import Synchronization

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

    public struct Failure: Error {}

    /// nil: the real server answers.
    public typealias Script = @Sendable (Request, _ number: Int) -> Answer?

    public let port: Int
    private let listener: Int32
    private let real: Int?
    private let seen = Mutex<[Request]>([])
    private let kept = Mutex<[Int32]>([])

    /// - Parameters:
    ///   - real: the port of the server that is behind this one.
    ///   - script: answers to the request of that number, the first is 0.
    public init(before real: Int? = nil, _ script: @escaping Script) throws {
        self.real = real
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = Self.address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw Failure() }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                // Each on a thread of its own: the real server may take its time.
                Thread.detachNewThread { [self] in
                    if serve(connection, script) { close(connection) }
                }
            }
            close(listener)
        }
    }

    public var url: String { "http://127.0.0.1:\(port)" }
    public var requests: [Request] { seen.withLock { $0 } }
    /// `GET secret/web`
    public var lines: [String] { requests.map { $0.line.replacingOccurrences(of: " /v1/", with: " ") } }

    /// Whether somebody waits for an answer that will not come.
    public var isHolding: Bool { kept.withLock { !$0.isEmpty } }

    public func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        for connection in kept.withLock({ $0 }) { close(connection) }
    }

    /// Whether the connection is to be closed.
    private func serve(_ connection: Int32, _ script: Script) -> Bool {
        guard let request = Self.read(from: connection) else { return true }
        let number = seen.withLock { seen in
            seen.append(request)
            return seen.count - 1
        }
        let answer = script(request, number) ?? real.flatMap { forward(request, to: $0) } ?? .lost
        switch answer.fault {
        case .lost?: return true
        case .held?:
            kept.withLock { $0.append(connection) }
            return false
        case nil: break
        }
        var text = "HTTP/1.1 \(answer.status) X\r\nConnection: close\r\nContent-Length: \(answer.body.utf8.count)\r\n"
        for (name, value) in answer.headers { text += "\(name): \(value)\r\n" }
        Self.write(text + "\r\n" + answer.body, to: connection)
        return true
    }

    /// What the real server answers to it, as it came.
    public func forward(_ request: Request, to port: Int) -> Answer? {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(connection) }
        var address = Self.address(port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return nil }
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

    private static func read(from connection: Int32) -> Request? {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard let byte = read(connection, upTo: 1)?.first else { return nil }
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
        var body: [UInt8] = []
        while body.count < length {
            guard let more = read(connection, upTo: length - body.count) else { return nil }
            body += more
        }
        request.body = String(decoding: body, as: UTF8.self)
        return request
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

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }
}
