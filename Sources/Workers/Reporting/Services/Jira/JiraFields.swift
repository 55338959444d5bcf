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

    /// - Parameter origin: the setting or label, named in errors.
    init(_ text: String, from origin: String) throws(Problem) {
        let (parts, problems) = FieldList.parse(text)
        if let problem = problems.first {
            throw Problem(description: "\(origin): \(problem); write key:value;key:value")
        }
        var fields: [Field] = []
        for (name, template) in parts {
            do throws(TemplateParseError) {
                fields.append(
                    Field(name: name, template: try ReportTemplate(setting: "\(origin), \(name)", template)))
            } catch {
                throw Problem(description: "\(origin), \(name): \(error)")
            }
        }
        func needed(_ name: String) throws(Problem) -> Field {
            guard let field = fields.first(where: { $0.name == name }) else {
                throw Problem(description: "\(origin): the fields lack \"\(name)\"")
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
            guard !text.isEmpty else { throw DeliveryError("\(field.name) of the issue is empty", isPermanent: true) }
            return text
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
