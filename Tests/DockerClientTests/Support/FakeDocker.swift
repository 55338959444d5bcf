import DockerClient
import HTTPClient
import Synchronization
import TestTools

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

    private let server: LoopbackServer
    private let seen = Mutex<[Request]>([])

    init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
        server = try LoopbackServer()
        server.start { [self] connection in
            guard let served = connection.nextRequest() else { return }
            let request = seen.withLock { seen in
                let path = served.target
                let request = Request(path: path, head: served.head, number: seen.count { $0.path == path })
                seen.append(request)
                return request
            }
            let reply = answer(request)
            var text = "HTTP/1.1 \(reply.status) X\r\nConnection: close\r\n"
            if reply.status != 204 { text += "Content-Length: \(reply.body.count + (reply.cutOff ? 10 : 0))\r\n" }
            for header in reply.headers { text += header + "\r\n" }
            connection.send(Array((text + "\r\n").utf8) + reply.body)
        }
    }

    var port: Int { server.port }

    func stop() { server.stop() }

    var paths: [String] { seen.withLock { $0.map(\.path) } }
    var requests: [Request] { seen.withLock { $0 } }

    func client(_ variables: [String: String] = [:]) throws -> DockerClient {
        let environment = ["DOCKER_HOST": "tcp://127.0.0.1:\(port)"].merging(variables) { $1 }
        return DockerClient(
            try DockerEndpoint(environment: environment), http: HTTPClient(HTTPClient.Configuration(proxy: .none)))
    }
}
