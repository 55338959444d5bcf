import DockerClient
import Foundation
import Glibc
import HTTPClient
import Synchronization
import Testing

/// Something that answers as dockerd might, on a free port of 127.0.0.1; every answer closes its connection.
final class FakeDocker: Sendable {
    struct Request: Sendable {
        /// With the query.
        var path: String
        var head: [String]
        /// How many requests of the same path came before.
        var number: Int
    }

    struct Answer: Sendable {
        var status: Int
        var body: [UInt8]
        var headers: [String]
        /// Announces more than comes.
        var cutOff: Bool

        init(_ status: Int, _ body: String, headers: [String] = [], cutOff: Bool = false) {
            self.init(status, bytes: Array(body.utf8), headers: headers, cutOff: cutOff)
        }

        init(_ status: Int, bytes: [UInt8], headers: [String] = [], cutOff: Bool = false) {
            self.status = status
            body = bytes
            self.headers = headers
            self.cutOff = cutOff
        }
    }

    let port: Int
    private let listener: Int32
    private let seen = Mutex<[Request]>([])

    init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
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
                Thread.detachNewThread { [self] in
                    serve(connection, answer)
                    close(connection)
                }
            }
            close(listener)
        }
    }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    var paths: [String] { seen.withLock { $0.map(\.path) } }
    var requests: [Request] { seen.withLock { $0 } }

    func client(_ variables: [String: String] = [:]) throws -> DockerClient {
        let environment = ["DOCKER_HOST": "tcp://127.0.0.1:\(port)"].merging(variables) { $1 }
        return DockerClient(
            try DockerEndpoint(environment: environment), http: HTTPClient(HTTPClient.Configuration(proxy: .none)))
    }

    private func serve(_ connection: Int32, _ answer: (Request) -> Answer) {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard read(connection, &byte, 1) == 1 else { return }
            head.append(byte)
        }
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let path = lines[0].split(separator: " ").dropFirst().first.map(String.init) ?? ""
        let request = seen.withLock { seen in
            let request = Request(path: path, head: lines, number: seen.count { $0.path == path })
            seen.append(request)
            return request
        }
        let reply = answer(request)
        var text = "HTTP/1.1 \(reply.status) X\r\nConnection: close\r\n"
        if reply.status != 204 { text += "Content-Length: \(reply.body.count + (reply.cutOff ? 10 : 0))\r\n" }
        for header in reply.headers { text += header + "\r\n" }
        let bytes = Array((text + "\r\n").utf8) + reply.body
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}
