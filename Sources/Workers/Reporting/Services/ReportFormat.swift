import Complaints
import Synchronization
import Templates

/// The text of a report: by the task's own `format`, if it has one, else by the setting `KIND.format`.
///
/// Formats of tasks are parsed when a report needs them; the newest are kept.
final class ReportFormat: Sendable {
    private static let remembered = 64

    private let format: ReportTemplate
    private let parsed = Mutex<[String: ReportTemplate]>([:])

    init(_ kind: String, _ settings: SettingValues) throws(TemplateParseError) {
        format = try ReportTemplate(setting: "\(kind).format", settings["\(kind).format"] ?? "")
    }

    /// - Parameter escape: what is done to the failure's texts, and not to the format's own and the URLs.
    /// - Throws: a permanent ``DeliveryError`` when the format cannot be parsed, fails, or gives nothing.
    func render(
        _ report: Report, escape: (@Sendable (String) -> String)? = nil
    ) throws(DeliveryError) -> String {
        let report = escape.map { report.escaped($0) } ?? report
        let text = try template(of: report).render(report)
        guard !text.allSatisfy(\.isWhitespace) else {
            throw DeliveryError("the format gives an empty text", isPermanent: true)
        }
        return text
    }

    private func template(of report: Report) throws(DeliveryError) -> ReportTemplate {
        guard let text = report.label("format") else { return format }
        if let known = parsed.withLock({ $0[text] }) { return known }
        do throws(TemplateParseError) {
            let template = try ReportTemplate(setting: "label format", text)
            parsed.withLock { parsed in
                if parsed.count >= Self.remembered { parsed.removeAll() }
                parsed[text] = template
            }
            return template
        } catch {
            throw DeliveryError("the label format: \(error)", isPermanent: true)
        }
    }
}
