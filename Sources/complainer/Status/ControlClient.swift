import Complaints
import FoundationEssentials
import Glibc
import HTTPClient
import Supervision

/// Why the running instance could not be asked.
enum ControlError: Error, Equatable, CustomStringConvertible {
    /// No socket at any of the paths.
    case notRunning(instance: String, paths: [String])
    /// A socket that nobody listens on, may be used or can exist.
    case unusable(path: String, reason: String)

    var description: String {
        switch self {
        case .notRunning(let instance, let paths):
            "no instance \"\(instance)\" is running: there is no \(paths.joined(separator: ", no "));"
                + " if it has another -name, -state or RUNTIME_DIRECTORY, give the same here"
        case .unusable(let path, let reason): "\(path): \(reason)"
        }
    }
}

/// Asks a running instance over its control socket.
struct ControlClient {
    let path: String
    private let http = HTTPClient(.init(proxy: .none))

    /// The first of the paths where there is a socket.
    static func find(instance: String, paths: [String]) throws(ControlError) -> ControlClient {
        for path in paths {
            if let problem = ControlSocket.problem(with: path) { throw .unusable(path: path, reason: problem) }
            guard access(path, W_OK) != 0 else { return ControlClient(path: path) }
            guard errno != EACCES else {
                throw .unusable(
                    path: path, reason: "permission denied; run this as the user of the instance, or as root")
            }
        }
        throw .notRunning(instance: instance, paths: paths)
    }

    private init(path: String) {
        self.path = path
    }

    func close() { http.shutdown() }

    /// The newest failures and what became of them.
    func failures() async throws(ControlError) -> [CaseAnswer]? { try await decoded("failures") }

    /// How the workers are.
    func workers() async throws(ControlError) -> [WorkerReport]? { try await decoded("workers") }

    private func decoded<Value: Decodable>(_ what: String) async throws(ControlError) -> Value? {
        let response = try await get("/api/\(what)")
        guard response.status == 200 else { return nil }
        return try? JSONDecoder().decode(Value.self, from: Data(response.body))
    }

    func answers() async throws(ControlError) -> StatusAnswers {
        let version = try await get("/version")
        let health = try await get("/api/health")
        guard version.status == 200, health.status == 200,
            let answer = try? JSONDecoder().decode(HealthAnswer.self, from: Data(health.body))
        else { throw .unusable(path: path, reason: "whoever listens there is not complainer") }
        var answers = StatusAnswers(
            version: Self.text(version), health: answer, documents: [("health", Self.text(health))])
        answers.workers = try await document("workers", &answers)
        answers.summary = try await document("summary", &answers)
        answers.failures = try await document("failures", &answers)
        return answers
    }

    /// A document both as it is and decoded; nil, with the reason among the problems, when there is none.
    private func document<Value: Decodable>(
        _ what: String, _ answers: inout StatusAnswers
    ) async throws(ControlError) -> Value? {
        let response = try await get("/api/\(what)")
        guard response.status == 200 else {
            let reason = (try? JSONDecoder().decode(Refusal.self, from: Data(response.body)))?.error
            answers.problems.append("no \(what): \(reason ?? "status \(response.status)")".shortened(to: 300))
            return nil
        }
        answers.documents.append((what, Self.text(response)))
        do {
            return try JSONDecoder().decode(Value.self, from: Data(response.body))
        } catch {
            answers.problems.append("no \(what): the answer cannot be read; is the instance of another version?")
            return nil
        }
    }

    private func get(_ page: String) async throws(ControlError) -> HTTPResponse {
        var request = HTTPRequest(.get, "http://complainer\(page)")
        request.unixSocket = path
        request.timeout = .seconds(10)
        // 200 failures with everything that is known about them.
        request.maxBodyBytes = 32 << 20
        do throws(HTTPError) {
            return try await http.send(request)
        } catch {
            switch error.kind {
            case .connectionRefused, .couldNotConnect:
                throw .unusable(path: path, reason: "nobody listens there; the instance is not running any more")
            default:
                throw .unusable(path: path, reason: "the instance does not answer: \(error.kind)")
            }
        }
    }

    private struct Refusal: Decodable { var error: String }

    private static func text(_ response: HTTPResponse) -> String {
        var text = String(decoding: response.body, as: UTF8.self)
        if text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}

/// Everything that the instance told.
struct StatusAnswers {
    /// `complainer (NAME) vX.Y.Z`
    var version: String
    var health: HealthAnswer
    /// The documents as they came, by what they are about.
    var documents: [(what: String, json: String)]
    var workers: [WorkerReport]?
    var summary: SummaryAnswer?
    var failures: [CaseAnswer]?
    /// Why some of it is missing.
    var problems: [String] = []

    /// All documents in one; null for what is missing.
    var json: String {
        let fields = ["health", "workers", "summary", "failures"].map { what in
            "\"\(what)\":" + (documents.first { $0.what == what }?.json ?? "null")
        }
        return "{" + fields.joined(separator: ",") + "}"
    }
}
