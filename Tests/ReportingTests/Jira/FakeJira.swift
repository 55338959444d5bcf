import Foundation
import Synchronization

/// A Jira on a free port: it checks who asks, knows one project with one form, finds issues by JQL and makes them, in
/// the ways of Jira 8 (`old`), Jira 9 (`new`) and Cloud.
final class FakeJira: Sendable {
    enum Version: Sendable { case old, new, cloud }
    enum Login: Sendable { case basic, session }
    /// What happens to a create, beside its being done.
    enum Fault: Sendable {
        case none, lostAnswer
        case refusedBefore(Int)
        case refusedAfter(Int)
    }

    struct Issue: Sendable {
        var key: String
        var summary: String
        var status = "Open"
        var project = "OPS"
    }

    struct State {
        var issues: [Issue] = []
        var created: [[String: any Sendable]] = []
        var fields: [String: String]
        var faults: [Fault] = []
        var sessions: Set<String> = []
        var logins = 0
        /// What everybody is answered while it does not work.
        var outage: FakeService.Answer?
        /// Cloud's search finds nothing new for a while.
        var isSearchBlind = false
    }

    let version: Version
    let login: Login
    private let state: Mutex<State>
    private let service = Mutex<FakeService?>(nil)

    static let fields: [String: String] = [
        "summary": #"{"required":true,"name":"Summary","schema":{"type":"string","system":"summary"}}"#,
        "issuetype": #"{"required":true,"name":"Issue Type","schema":{"type":"issuetype"}}"#,
        "project": #"{"required":true,"name":"Project","schema":{"type":"project"}}"#,
        "reporter": #"{"required":true,"name":"Reporter","schema":{"type":"user"}}"#,
        "description": #"{"required":false,"name":"Description","schema":{"type":"string"}}"#,
        "labels": #"{"required":false,"name":"Labels","schema":{"type":"array","items":"string","system":"labels"}}"#,
        "components":
            #"{"required":true,"name":"Component/s","schema":{"type":"array","items":"component"},"#
            + #""allowedValues":[{"id":"1","name":"Scheduler"},{"id":"2","name":"Billing"}]}"#,
        "priority":
            #"{"required":true,"hasDefaultValue":true,"name":"Priority","schema":{"type":"priority"},"#
            + #""allowedValues":[{"id":"1","name":"High"},{"id":"2","name":"Low"}]}"#,
        "assignee": #"{"required":false,"name":"Assignee","schema":{"type":"user"}}"#,
        "customfield_10010":
            #"{"required":false,"name":"Team","schema":{"type":"option"},"allowedValues":[{"value":"Web"}]}"#,
    ]

    init(_ version: Version = .old, login: Login = .basic, issues: [Issue] = []) throws {
        self.version = version
        self.login = login
        state = Mutex(State(issues: issues, fields: Self.fields))
        let service = try FakeService { [weak self] in self?.answer($0) ?? .close }
        self.service.withLock { $0 = service }
    }

    func stop() { service.withLock { $0 }?.stop() }

    /// Below a path, as behind a proxy.
    var url: String { (service.withLock { $0 }?.url ?? "") + "/tools/jira/" }
    var requests: [FakeService.Request] { service.withLock { $0 }?.requests ?? [] }
    var paths: [String] { requests.map { String($0.line.split(separator: " ")[1].prefix { $0 != "?" }) } }
    var issues: [Issue] { state.withLock { $0.issues } }
    /// The `fields` of the creates that were done.
    var created: [[String: any Sendable]] { state.withLock { $0.created } }
    var logins: Int { state.withLock { $0.logins } }
    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    // MARK: Answers

    private func answer(_ request: FakeService.Request) -> FakeService.Answer {
        let parts = request.line.split(separator: " ")
        guard parts.count == 3, let url = URLComponents(string: String(parts[1])),
            url.path.hasPrefix("/tools/jira/rest/")
        else { return .status(404, [], "<html>nothing here</html>") }
        if let outage = state.withLock({ $0.outage }) { return outage }
        let path = String(url.path.dropFirst("/tools/jira/rest/".count))
        if path == "auth/1/session" { return logIn(request) }
        guard isLoggedIn(request) else { return .status(401, [], #"{"errorMessages":["You are not authenticated."]}"#) }
        let query = Dictionary((url.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { $1 }
        switch (parts[0], path) {
        case ("GET", "api/2/serverInfo"):
            return .status(200, [], #"{"deploymentType":"\#(version == .cloud ? "Cloud" : "Server")"}"#)
        case ("GET", "api/2/search") where version != .cloud: return search(query)
        case ("GET", "api/3/search/jql") where version == .cloud: return search(query)
        case ("GET", "api/2/search"):
            return .status(410, [], #"{"errorMessages":["The requested API has been removed."]}"#)
        case ("POST", "api/2/issue"): return create(request)
        case ("GET", _) where path.hasPrefix("api/2/issue/createmeta"): return metadata(path, query)
        default: return .status(404, [], #"{"errorMessages":["Issue Does Not Exist"],"errors":{}}"#)
        }
    }

    private func isLoggedIn(_ request: FakeService.Request) -> Bool {
        switch login {
        case .basic:
            return request.header("Authorization") == "Basic " + Data("bot:s3cr3t-pass".utf8).base64EncodedString()
        case .session:
            let cookies = request.header("Cookie") ?? ""
            return state.withLock { state in state.sessions.contains { cookies == "JSESSIONID=\($0); route=a1" } }
        }
    }

    private func logIn(_ request: FakeService.Request) -> FakeService.Answer {
        guard login == .session, let body = try? JSONSerialization.jsonObject(with: Data(request.body)),
            let sent = body as? [String: String]
        else { return .status(404) }
        guard sent == ["username": "bot", "password": "s3cr3t-pass"] else {
            return .status(401, [], #"{"errorMessages":["Login failed"],"errors":{}}"#)
        }
        let session = state.withLock { state in
            state.logins += 1
            let session = "s3cr3t-session\(state.logins)"
            state.sessions.insert(session)
            return session
        }
        return .status(
            200, ["Set-Cookie: JSESSIONID=\(session); Path=/; HttpOnly", "Set-Cookie: route=a1; Path=/"],
            #"{"session":{"name":"JSESSIONID","value":"\#(session)"}}"#)
    }

    private func search(_ query: [String: String]) -> FakeService.Answer {
        let pattern =
            /summary ~ "(?<text>(?:[^"\\]|\\.)*)" AND project = "(?<project>[^"]*)" AND status != "(?<closed>[^"]*)"/
        guard let jql = query["jql"], let match = try? pattern.wholeMatch(in: jql) else {
            return .status(400, [], #"{"errorMessages":["Error in the JQL Query"],"errors":{}}"#)
        }
        // A phrase of the text search inside a string of JQL.
        let phrase = unescaped(String(match.text))
        guard phrase.hasPrefix("\""), phrase.hasSuffix("\""), phrase.count > 2 else {
            return .status(400, [], #"{"errorMessages":["The query is not a phrase"],"errors":{}}"#)
        }
        let words = unescaped(String(phrase.dropFirst().dropLast())).lowercased()
        let found = state.withLock { state in
            state.isSearchBlind
                ? []
                : state.issues.filter {
                    $0.summary.lowercased().contains(words) && $0.project == match.project && $0.status != match.closed
                }
        }
        // Pages of two, however many are asked for.
        let start = Int(query["startAt"] ?? query["nextPageToken"] ?? "0") ?? 0
        let page = found.dropFirst(start).prefix(2).map {
            ["key": $0.key, "fields": ["summary": $0.summary]] as [String: Any]
        }
        var document: [String: Any] = ["issues": Array(page)]
        if version != .cloud {
            document["total"] = found.count
        } else if start + 2 < found.count {
            document["nextPageToken"] = "\(start + 2)"
        }
        return json(document)
    }

    private func unescaped(_ text: String) -> String { text.replacing(/\\(.)/) { String($0.1) } }

    private func metadata(_ path: String, _ query: [String: String]) -> FakeService.Answer {
        let fields = state.withLock { $0.fields }
        if path == "api/2/issue/createmeta", version == .old {
            guard query["projectKeys"] == "OPS" else { return .status(200, [], #"{"projects":[]}"#) }
            let all = fields.map { "\"\($0)\":\($1)" }.joined(separator: ",")
            let isFull = query["expand"] == "projects.issuetypes.fields" && query["issuetypeIds"] == "7"
            return .status(
                200, [],
                #"{"projects":[{"key":"OPS","issuetypes":[{"id":"3","name":"Task"},{"id":"7","name":"Bug""#
                    + (isFull ? ",\"fields\":{\(all)}" : "") + "}]}]}")
        }
        guard version != .old, path.hasPrefix("api/2/issue/createmeta/OPS/issuetypes") else {
            return .status(404, [], #"{"errorMessages":["Issue Does Not Exist"],"errors":{}}"#)
        }
        let start = Int(query["startAt"] ?? "0") ?? 0
        func page(_ items: [String], _ name: String) -> FakeService.Answer {
            let part = items.dropFirst(start).prefix(4).joined(separator: ",")
            return .status(200, [], #"{"startAt":\#(start),"total":\#(items.count),"\#(name)":[\#(part)]}"#)
        }
        if path.hasSuffix("/issuetypes") {
            return page(
                [#"{"id":"3","name":"Task"}"#, #"{"id":"7","name":"Bug"}"#], version == .cloud ? "issueTypes" : "values"
            )
        }
        guard path.hasSuffix("/issuetypes/7") else { return .status(404) }
        let items = fields.sorted { $0.key < $1.key }.map { "{\"fieldId\":\"\($0)\"," + $1.dropFirst() }
        return page(items, version == .cloud ? "fields" : "values")
    }

    private func create(_ request: FakeService.Request) -> FakeService.Answer {
        guard let body = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: any Sendable],
            let fields = body["fields"] as? [String: any Sendable], let summary = fields["summary"] as? String
        else { return .status(400, [], #"{"errorMessages":["no summary"]}"#) }
        let fault = state.withLock { $0.faults.isEmpty ? .none : $0.faults.removeFirst() }
        if case .refusedBefore(let status) = fault {
            return .status(status, [], #"{"errorMessages":[],"errors":{"priority":"Low is no more","a":"b"}}"#)
        }
        let key = state.withLock { state in
            let issue = Issue(key: "OPS-\(state.issues.count + 1)", summary: summary)
            state.issues.append(issue)
            state.created.append(fields)
            return issue.key
        }
        switch fault {
        case .lostAnswer: return .close
        case .refusedAfter(let status): return .status(status)
        default: return .status(201, [], #"{"id":"1","key":"\#(key)","self":"x"}"#)
        }
    }

    private func json(_ document: [String: Any]) -> FakeService.Answer {
        let data = (try? JSONSerialization.data(withJSONObject: document)) ?? Data()
        return .status(200, [], String(decoding: data, as: UTF8.self))
    }
}
