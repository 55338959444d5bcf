/// Reads the form of a type of issue: in the way of Jira up to 8 and of Cloud until it is switched off there, or in that
/// of Jira 9, of which old ones know nothing.
struct JiraMetadata: Sendable {
    let connection: JiraConnection

    /// - Throws: a permanent error also when there is no such project or type of issue.
    func form(project: String, issueType: String) async throws(ServiceError) -> JiraForm {
        do throws(ServiceError) {
            return try await oldForm(project, issueType)
        } catch {
            guard let status = error.status, [404, 405, 410].contains(status) else { throw error }
            return try await newForm(project, issueType)
        }
    }

    // MARK: Up to Jira 8

    private struct Projects: Decodable {
        struct Project: Decodable {
            var key: String
            var issuetypes: [IssueType]
        }
        struct IssueType: Decodable {
            var id: String
            var name: String
            var fields: [String: JiraField]?
        }
        var projects: [Project]
    }

    private static let old = "/rest/api/2/issue/createmeta"

    private func oldForm(_ project: String, _ issueType: String) async throws(ServiceError) -> JiraForm {
        // The types first: the fields of all of them can be megabytes.
        let types = try await connection.get(Self.old, [("projectKeys", project)], as: Projects.self)
        guard let found = types.projects.first(where: { $0.key == project }) ?? types.projects.first else {
            throw noProject(project)
        }
        let type = try match(issueType, found.issuetypes.map { ($0.id, $0.name) }, project)
        let query = [
            ("projectKeys", project), ("issuetypeIds", type.id), ("expand", "projects.issuetypes.fields"),
        ]
        let full = try await connection.get(Self.old, query, as: Projects.self)
        let fields = full.projects.lazy.flatMap(\.issuetypes).first { $0.id == type.id }?.fields
        guard let fields else {
            throw ServiceError(reason: "Jira does not tell the fields of \"\(type.name)\" in the project \(project)")
        }
        return JiraForm(
            project: found.key, issueType: type.name,
            fields: fields.sorted { $0.key < $1.key }.map { id, field in
                var field = field
                field.id = id
                return field
            })
    }

    // MARK: From Jira 9 on

    /// Server and Data Center say `values`, Cloud says what they are.
    private struct Types: Decodable {
        struct IssueType: Decodable {
            var id: String
            var name: String
        }
        var values: [IssueType]?
        var issueTypes: [IssueType]?
        var total: Int?
        var isLast: Bool?
    }

    private struct Fields: Decodable {
        var values: [JiraField]?
        var fields: [JiraField]?
        var total: Int?
        var isLast: Bool?
    }

    private func newForm(_ project: String, _ issueType: String) async throws(ServiceError) -> JiraForm {
        let path = "\(Self.old)/\(project.percentEncoded)/issuetypes"
        var types: [Types.IssueType] = []
        do throws(ServiceError) {
            while true {
                let page = try await connection.get(path, page(from: types.count), as: Types.self)
                let items = page.values ?? page.issueTypes ?? []
                types += items
                if isEnd(items.count, types.count, page.total, page.isLast) { break }
            }
        } catch {
            // The project, or all of the interface, is not there.
            guard error.status == 404 || error.status == 400 else { throw error }
            var missing = noProject(project)
            missing.reason += " (\(error.reason))"
            throw missing
        }
        let type = try match(issueType, types.map { ($0.id, $0.name) }, project)
        var fields: [JiraField] = []
        while true {
            let page = try await connection.get(
                "\(path)/\(type.id.percentEncoded)", page(from: fields.count), as: Fields.self)
            let items = page.values ?? page.fields ?? []
            fields += items
            if isEnd(items.count, fields.count, page.total, page.isLast) { break }
        }
        return JiraForm(project: project, issueType: type.name, fields: fields)
    }

    private func page(from start: Int) -> [(String, String)] { [("startAt", "\(start)"), ("maxResults", "200")] }

    /// The last page has nothing on it at the latest, whatever the server says.
    private func isEnd(_ count: Int, _ soFar: Int, _ total: Int?, _ isLast: Bool?) -> Bool {
        count == 0 || isLast == true || total.map { soFar >= $0 } ?? (isLast == nil) || soFar >= 10_000
    }

    // MARK: Both

    private func match(
        _ name: String, _ types: [(id: String, name: String)], _ project: String
    ) throws(ServiceError) -> (id: String, name: String) {
        guard
            let type = types.first(where: { $0.name == name })
                ?? types.first(where: { $0.name.lowercased() == name.lowercased() })
        else {
            throw ServiceError(
                reason: "the project \(project.shortened(to: 60)) of Jira has no issue type "
                    + "\"\(name.shortened(to: 60))\", only \(JiraForm.listed(types.map(\.name)))",
                isPermanent: true)
        }
        return type
    }

    private func noProject(_ project: String) -> ServiceError {
        ServiceError(
            reason: "Jira has no project \"\(project.shortened(to: 60))\" in which this user may create issues; "
                + "jira.fields wants the project's key",
            isPermanent: true)
    }
}
