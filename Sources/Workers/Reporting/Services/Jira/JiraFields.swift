import Complaints
import Templates

/// The setting `jira.fields`, parsed.
struct JiraFields: Sendable {
    struct Field: Sendable {
        var name: String
        var template: ReportTemplate
    }

    struct Problem: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    private let project: Field
    private let issueType: Field
    private let summary: Field
    let others: [Field]
    /// The project and the type of issue, when they are the same for all failures.
    let fixedProject: String?
    let fixedIssueType: String?

    private let origin: UnusableValue.Origin

    /// - Parameters:
    ///   - name: the setting or label, named in errors.
    ///   - origin: what a report can be made without when a template of it fails.
    init(
        _ text: String, from name: String, origin: UnusableValue.Origin = .setting("jira.fields")
    ) throws(Problem) {
        self.origin = origin
        let (parts, problems) = FieldList.parse(text)
        if let problem = problems.first {
            throw Problem(description: "\(name): \(problem); write key:value;key:value")
        }
        var fields: [Field] = []
        for (field, template) in parts {
            do throws(TemplateParseError) {
                fields.append(
                    Field(
                        name: field, template: try ReportTemplate(origin, named: "\(name), \(field)", template)))
            } catch {
                throw Problem(description: "\(name), \(field): \(error)")
            }
        }
        func needed(_ key: String) throws(Problem) -> Field {
            guard let field = fields.first(where: { $0.name == key }) else {
                throw Problem(description: "\(name): the fields lack \"\(key)\"")
            }
            return field
        }
        func fixed(_ name: String) -> String? {
            parts.first { $0.key == name && !$0.template.contains("{{") }.map {
                JiraFieldValue.trimmed($0.template[...])
            }
        }
        project = try needed("Project")
        issueType = try needed("Issue Type")
        summary = try needed("Summary")
        others = fields.filter { !["Project", "Issue Type", "Summary"].contains($0.name) }
        fixedProject = fixed("Project")
        fixedIssueType = fixed("Issue Type")
    }

    /// The issue for a report. Its description tells also of failures that are reported together; the summary does not,
    /// by which an open issue is found.
    func issue(_ report: Report) throws(DeliveryError) -> JiraIssue {
        func needed(_ field: Field, _ text: String) throws(DeliveryError) -> String {
            let text = JiraFieldValue.trimmed(text[...])
            guard text.isEmpty else { return text }
            var error = DeliveryError("\(field.name) of the issue is empty", isPermanent: true)
            error.unusable = UnusableValue(origin: origin)
            throw error
        }
        var fields: [JiraIssue.Field] = []
        for field in others {
            let isDescription = field.name.lowercased() == "description"
            let text = isDescription ? try field.template.message(report) : try field.template.render(report)
            fields.append(JiraIssue.Field(name: field.name, text: text))
        }
        _ = try needed(summary, try summary.template.render(report))
        let line = JiraQuery.summary(try summary.template.headline(report, countsHeld: false))
        return JiraIssue(
            project: try needed(project, try project.template.render(report)),
            issueType: try needed(issueType, try issueType.template.render(report)),
            summary: try needed(summary, line), fields: fields)
    }
}
