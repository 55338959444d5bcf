import FoundationEssentials
import HTTPClient
import RecordIO
import Synchronization

/// The two HTTP connections to the agent: the subscription, and one for everything else.
public final class AgentConnection: Sendable {
    private let client: HTTPClient
    private let environment: ExecutorEnvironment
    private let paths: [String]
    /// Which of the paths answers.
    private let current = Mutex(0)

    /// An event that is longer than this is none.
    private static let maximumEvent = 32 << 20
    private static let answerWithin: Duration = .seconds(10)

    public init(_ environment: ExecutorEnvironment, client: HTTPClient) {
        self.environment = environment
        self.client = client
        // Mesos' own executors use the agent's name, too. In a process that it shares with others it answers only under
        // that, and a master that is first there takes the other path for one of its own, and accepts the subscription.
        paths = (environment.agentProcess.map { ["/\($0)/api/v1/executor"] } ?? []) + ["/api/v1/executor"]
    }

    /// Subscribes and hands on what comes, until the connection ends.
    ///
    /// - Returns: why it ended.
    public func subscribe(
        tasks: [JSONValue], updates: [TaskStatus], opened: () async -> Void,
        received: (ExecutorEvent) async -> Void
    ) async -> String {
        do {
            let body = try encode(.subscribe(tasks: tasks, updates: updates))
            let stream = try await open(body)
            await opened()
            var decoder = RecordIODecoder()
            var record: [UInt8] = []
            while let chunk = try await stream.next() {
                var events: [ExecutorEvent] = []
                try chunk.withUnsafeBytes { bytes in
                    try decoder.feed(bytes) { part in
                        switch part {
                        case .bytes(let piece):
                            guard record.count + piece.count <= Self.maximumEvent else {
                                throw AgentError("an event of more than \(Self.maximumEvent) bytes")
                            }
                            record += piece
                        case .end:
                            events.append(Self.event(record))
                            record = []
                        }
                    }
                }
                for event in events { await received(event) }
            }
            return "closed by the agent"
        } catch let error as RecordStreamError<any Error> {
            switch error {
            case .framing(let why): return "\(why)"
            case .body(let why): return "\(why)"
            }
        } catch {
            return "\(error)"
        }
    }

    /// Sends an update; returns when the agent has taken it.
    public func send(_ status: TaskStatus) async throws {
        let index = current.withLock { $0 }
        var request = request(try encode(.update(status)), path: paths[index])
        request.timeout = Self.answerWithin
        try await client.send(request).requireSuccess()
    }

    private static func event(_ record: [UInt8]) -> ExecutorEvent {
        do {
            return try JSONDecoder().decode(ExecutorEvent.self, from: Data(record))
        } catch {
            return .unknown("(\(record.count) bytes that are no event)")
        }
    }

    private func open(_ body: [UInt8]) async throws -> HTTPStream {
        let first = current.withLock { $0 }
        for offset in paths.indices {
            let index = (first + offset) % paths.count
            var request = request(body, path: paths[index])
            // The answer is endless; TCP keep-alive is what notices a host that is gone.
            request.idleTimeout = nil
            request.tcpKeepAlive = true
            let stream = try await openWithin(Self.answerWithin, request)
            if stream.status == 404 || stream.status == 405, offset + 1 < paths.count {
                stream.cancel()
                continue
            }
            try await stream.requireSuccess()
            current.withLock { $0 = index }
            return stream
        }
        throw AgentError("no path of the agent's executor API answers")
    }

    private func openWithin(_ limit: Duration, _ request: HTTPRequest) async throws -> HTTPStream {
        try await withThrowingTaskGroup(of: HTTPStream?.self) { group in
            group.addTask { [client] in try await client.open(request) }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let stream = try await group.next() ?? nil else {
                throw AgentError("no answer to SUBSCRIBE within \(limit)")
            }
            return stream
        }
    }

    private func request(_ body: [UInt8], path: String) -> HTTPRequest {
        let host = environment.domainSocket == nil ? environment.endpoint : "localhost"
        var request = HTTPRequest(
            .post, "http://\(host)\(path)",
            headers: ["Content-Type": "application/json", "Accept": "application/json"], body: .bytes(body))
        request.unixSocket = environment.domainSocket
        request.connectTimeout = .seconds(5)
        request.redirects = .none
        if let token = environment.authenticationToken { request.credentials = .bearer(token) }
        return request
    }

    private func encode(_ call: ExecutorCall) throws -> [UInt8] {
        try call.encoded(frameworkID: environment.frameworkID, executorID: environment.executorID)
    }
}

/// What the agent did that it should not.
struct AgentError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
