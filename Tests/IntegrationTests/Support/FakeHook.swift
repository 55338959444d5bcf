import Foundation

/// A service that takes reports over HTTP and keeps them, on a free port of 127.0.0.1.
final class FakeHook: Sendable {
    let server: FakeMaster

    /// - Parameter answer: what each request is answered.
    init(_ answer: @escaping FakeMaster.Script = { _ in .status(200, "ok") }) throws {
        server = try FakeMaster(answer)
    }

    var url: String { server.url }

    /// What was sent to a path.
    func requests(_ path: String) -> [FakeMaster.Request] { server.requests.filter { $0.path == path } }

    func stop() { server.stop() }
}

extension ServedRequest {
    /// The body, or its line `index` if there are several, as a JSON object.
    func json(line index: Int = 0) throws -> [String: Any] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(index),
            let object = try JSONSerialization.jsonObject(with: Data(lines[index].utf8)) as? [String: Any]
        else { throw HarnessError("no JSON object in line \(index) of \(text)") }
        return object
    }
}
