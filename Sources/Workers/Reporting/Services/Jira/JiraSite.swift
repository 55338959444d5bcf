import Complaints
import Synchronization

/// An issue that is to be there.
struct JiraIssue: Sendable, Equatable {
    var project: String
    var issueType: String
    /// As ``JiraQuery/summary(_:)`` makes it.
    var summary: String
    /// All other fields, by the names that people read.
    var fields: [Field]

    struct Field: Sendable, Equatable {
        var name: String
        var text: String
    }
}

/// One Jira as one user knows it: which of its interfaces it has, and the forms of its projects.
final class JiraSite: Sendable {
    enum Outcome: Equatable {
        /// With the issue's key.
        case created(String)
        case known(String)
    }

    private struct FormKey: Hashable {
        var project: String
        var issueType: String
    }
    private struct Known {
        var form: JiraForm
        var read: ContinuousClock.Instant
    }
    private struct State {
        var forms: [FormKey: Known] = [:]
        var hasNewSearch = false
        var isCloud: Bool?
        /// Issues made a moment ago, which a search may not find yet.
        var fresh: [String: (key: String, made: ContinuousClock.Instant)] = [:]
    }

    /// A form is asked for again after that, in any case.
    static let formLifetime = Duration.seconds(3600)
    /// A form that does not fit is asked for again, unless it is newer than that.
    static let formRefresh = Duration.seconds(60)
    /// Cloud's search may be so late.
    static let searchDelay = Duration.seconds(60)
    /// After a create without an answer: the next search shall see what it did.
    static let retryAfterCreate = 15.0

    private let connection: JiraConnection
    private let client: ServiceClient
    private let state = Mutex(State())
    private let turns = Turns<String>()

    init(_ account: JiraAccount, client: ServiceClient) {
        connection = JiraConnection(account, client: client)
        self.client = client
    }

    /// Sees to it that there is an open issue with this summary.
    func file(_ issue: JiraIssue, closed: String) async throws(ServiceError) -> Outcome {
        // Two failures with one summary make one issue, so they go one after the other.
        let key = "\(issue.project)\n\(issue.summary)"
        await turns.take(key)
        do throws(ServiceError) {
            let outcome = try await fileAlone(issue, closed: closed, key: key)
            await turns.give(key)
            return outcome
        } catch {
            await turns.give(key)
            throw error
        }
    }

    private func fileAlone(_ issue: JiraIssue, closed: String, key: String) async throws(ServiceError) -> Outcome {
        let now = client.instant()
        let fresh = state.withLock { state in
            state.fresh = state.fresh.filter { now - $0.value.made < Self.searchDelay }
            return state.fresh[key]?.key
        }
        if let fresh { return .known(fresh) }
        if let found = try await search(issue, closed: closed) { return .known(found) }
        let created = try await create(issue)
        state.withLock { $0.fresh[key] = (created, client.instant()) }
        return .created(created)
    }

    // MARK: Searching

    private struct Found: Decodable {
        struct Issue: Decodable {
            struct Fields: Decodable { var summary: String? }
            var key: String
            var fields: Fields?
        }
        var issues: [Issue]
        var total: Int?
        var nextPageToken: String?
    }

    /// The open issue with exactly this summary, among at most a thousand that look like it.
    private func search(_ issue: JiraIssue, closed: String) async throws(ServiceError) -> String? {
        let query = JiraQuery.open(issue.summary, project: issue.project, closed: closed)
        var seen = 0
        var token: String?
        while seen < 1000 {
            let page = try await searchPage(query, from: seen, token: token)
            if let same = page.issues.first(where: { JiraQuery.summary($0.fields?.summary ?? "") == issue.summary }) {
                return same.key
            }
            seen += page.issues.count
            token = page.nextPageToken
            guard !page.issues.isEmpty, token != nil || page.total.map({ seen < $0 }) == true else { return nil }
        }
        return nil
    }

    private func searchPage(_ query: String, from start: Int, token: String?) async throws(ServiceError) -> Found {
        let common = [("jql", query), ("fields", "summary"), ("maxResults", "100")]
        let isNew = state.withLock { $0.hasNewSearch }
        do throws(ServiceError) {
            if isNew {
                let query = common + (token.map { [("nextPageToken", $0)] } ?? [])
                return try await connection.get("/rest/api/3/search/jql", query, as: Found.self)
            }
            let query = common + (start > 0 ? [("startAt", "\(start)")] : [])
            return try await connection.get("/rest/api/2/search", query, as: Found.self)
        } catch {
            guard error.status == 404 || error.status == 410, start == 0 else { throw error }
            if isNew {
                // Neither is there. The next delivery begins with the old one again.
                state.withLock { $0.hasNewSearch = false }
                throw error
            }
            state.withLock { $0.hasNewSearch = true }
            return try await searchPage(query, from: 0, token: nil)
        }
    }

    // MARK: Creating

    private struct Created: Decodable { var key: String }

    private func create(_ issue: JiraIssue) async throws(ServiceError) -> String {
        var form = try await form(issue.project, issue.issueType, maxAge: Self.formLifetime)
        var fields: JSONValue
        do throws(ServiceError) {
            fields = try await document(issue, form)
        } catch {
            // Somebody may have changed the form since.
            guard error.isPermanent else { throw error }
            form = try await self.form(issue.project, issue.issueType, maxAge: Self.formRefresh)
            fields = try await document(issue, form)
        }
        guard let body = try? ServiceJSON.bytes(["fields": fields]) else {
            throw ServiceError(reason: "the issue cannot be written as JSON", isPermanent: true)
        }
        do throws(ServiceError) {
            return try await connection.post("/rest/api/2/issue", body, as: Created.self).key
        } catch {
            if error.status == 400 { forget(issue.project, issue.issueType) }
            guard !error.isPermanent else { throw error }
            var error = error
            error.retryAfter = max(error.retryAfter ?? 0, Self.retryAfterCreate)
            throw error
        }
    }

    /// The value of `fields` in the request.
    private func document(_ issue: JiraIssue, _ form: JiraForm) async throws(ServiceError) -> JSONValue {
        func refusal(_ reason: String) -> ServiceError {
            ServiceError(reason: "jira.fields: \(reason)", isPermanent: true)
        }
        let filled = issue.fields.filter { !$0.text.allSatisfy(\.isWhitespace) }
        let names = ["Summary"] + filled.map(\.name)
        if let problem = form.problem(with: names.filter { $0 != "Summary" || form.field($0) != nil }) {
            throw refusal(problem)
        }
        var document: [String: JSONValue] = [
            "project": .object(["key": .string(issue.project)]),
            "issuetype": .object(["name": .string(form.issueType)]),
            "summary": .string(issue.summary),
        ]
        for field in filled {
            guard let known = form.field(field.name) else { continue }
            let hasUsers = known.schema.type == "user" || known.schema.items == "user"
            let isCloud = hasUsers ? try await isCloud() : false
            do throws(JiraFieldValue.Problem) {
                document[known.id] = try JiraFieldValue.value(field.text, for: known, isCloud: isCloud)
            } catch {
                throw refusal(error.description)
            }
        }
        return .object(document)
    }

    private struct ServerInfo: Decodable { var deploymentType: String? }

    private func isCloud() async throws(ServiceError) -> Bool {
        if let known = state.withLock({ $0.isCloud }) { return known }
        let info = try await connection.get("/rest/api/2/serverInfo", as: ServerInfo.self)
        let isCloud = info.deploymentType == "Cloud"
        state.withLock { $0.isCloud = isCloud }
        return isCloud
    }

    // MARK: Forms

    /// The form, asked for if the one at hand is older than that.
    func form(_ project: String, _ issueType: String, maxAge: Duration) async throws(ServiceError) -> JiraForm {
        let key = FormKey(project: project, issueType: issueType)
        if let known = state.withLock({ $0.forms[key] }), client.instant() - known.read < maxAge { return known.form }
        let form = try await JiraMetadata(connection: connection).form(project: project, issueType: issueType)
        state.withLock { state in
            // Projects may come from labels.
            if state.forms.count >= 256 { state.forms.removeAll() }
            state.forms[key] = Known(form: form, read: client.instant())
        }
        return form
    }

    private func forget(_ project: String, _ issueType: String) {
        state.withLock { $0.forms[FormKey(project: project, issueType: issueType)] = nil }
    }
}
