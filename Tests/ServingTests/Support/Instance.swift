import Foundation
import HTTPClient
import Supervision
import Synchronization
import TestTools
import Testing

@testable import Serving

/// A server worker in this process, with a directory of its own.
final class Instance: Sendable {
    let folder: Folder
    private let peers: AsyncStream<Peer>.Continuation
    private let messages = Mutex<[WorkerMessage]>([])
    private let task: Mutex<Task<Void, any Error>?>
    private let http = HTTPClient(.init(proxy: .none))

    init(
        name: String? = nil, listen: String? = nil, dispatcher: FakeDispatcher? = nil, folder: Folder? = nil,
        runtimeDirectory: String?? = nil, state: String? = nil, limits: ConnectionLimits = ConnectionLimits()
    ) throws {
        let folder = try folder ?? Folder()
        self.folder = folder
        var values: [String: [String]] = [:]
        values["name"] = name.map { [$0] }
        values["listen"] = listen.map { [$0] }
        values["state"] = state.map { [$0] }
        let (stream, peers) = AsyncStream.makeStream(of: Peer.self)
        self.peers = peers
        task = Mutex(nil)
        let context = WorkerContext(
            role: "server", settings: WorkerSettings(values: values), peers: stream,
            reports: AsyncStream { $0.finish() }
        ) { [weak self] message in self?.messages.withLock { $0.append(message) } }
        if let dispatcher { peers.yield(dispatcher.peer) }
        let runtimeDirectory = runtimeDirectory ?? .some(folder.path)
        task.withLock {
            $0 = Task {
                try await ServingWorker(
                    limits: limits, runtimeDirectory: runtimeDirectory, inspection: .milliseconds(50)
                ).run(context)
            }
        }
    }

    deinit {
        task.withLock { $0?.cancel() }
        http.shutdown()
    }

    func replaceDispatcher(_ dispatcher: FakeDispatcher) { peers.yield(dispatcher.peer) }

    var isReady: Bool { messages.withLock { $0.contains(.ready) } }

    var offences: [WorkerMessage] {
        messages.withLock { $0.filter { if case .offender = $0 { true } else { false } } }
    }

    /// The newest line about itself.
    var status: String {
        messages.withLock { $0.compactMap { if case .status(let text) = $0 { text } else { nil } }.last ?? "" }
    }

    var socketPath: String { folder.path + "/complainer.sock" }

    func ready(file: String = #fileID, line: Int = #line) async throws {
        try await waitUntil("the instance", file: file, line: line) { isReady }
    }

    /// As the supervisor does.
    func stop() async throws {
        let running = task.withLock { $0 }
        running?.cancel()
        try await running?.value
    }

    func get(_ path: String, _ method: HTTPMethod = .get, socket: String? = nil) async throws -> HTTPResponse {
        var request = HTTPRequest(method, "http://complainer\(path)")
        request.unixSocket = socket ?? socketPath
        return try await http.send(request)
    }

    func overTCP(_ path: String) async throws -> HTTPResponse {
        // The status names all listeners, in the order in which they came up.
        let port = try #require(status.firstMatch(of: /127\.0\.0\.1:(\d+)/)?.1)
        return try await http.send(HTTPRequest(.get, "http://127.0.0.1:\(port)\(path)"))
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// A directory with a short path that goes away with the test.
final class Folder: Sendable {
    let path: String

    init() throws {
        path = "/tmp/serving-" + UUID().uuidString.prefix(13)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
