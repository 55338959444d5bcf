import Complaints
import Templates

/// The text of a report: by the task's own `format`, if it has one, else by the setting `KIND.format`; or by another
/// such pair.
///
/// Formats of tasks are parsed when a report needs them; the newest are kept.
final class ReportFormat: Sendable {
    private let format: ReportTemplate
    private let parsed = ParsedLabels<ReportTemplate>()
    private let key: String

    /// - Parameter key: of the setting and the label.
    init(_ kind: String, _ settings: SettingValues, key: String = "format") throws(TemplateParseError) {
        self.key = key
        format = try ReportTemplate(setting: "\(kind).\(key)", settings["\(kind).\(key)"] ?? "")
    }

    /// - Parameters:
    ///   - escape: what is done to the failure's texts, and not to the format's own and the URLs.
    ///   - lineBreak: what begins a new line.
    /// - Throws: a permanent ``DeliveryError`` when the format cannot be parsed, fails, or gives nothing.
    func render(
        _ report: Report, lineBreak: String = "\n", escape: (@Sendable (String) -> String)? = nil
    ) throws(DeliveryError) -> String {
        let report = escape.map { report.escaped($0) } ?? report
        return try checked(try template(of: report).message(report, lineBreak: lineBreak))
    }

    /// The same as one line that names the failure: see ``ReportTemplate/headline(_:countsHeld:)``.
    func headline(_ report: Report) throws(DeliveryError) -> String {
        try checked(try template(of: report).headline(report, countsHeld: true))
    }

    private func checked(_ text: String) throws(DeliveryError) -> String {
        guard !text.allSatisfy(\.isWhitespace) else {
            throw DeliveryError("the \(key) gives an empty text", isPermanent: true)
        }
        return text
    }

    private func template(of report: Report) throws(DeliveryError) -> ReportTemplate {
        guard let text = report.label(key) else { return format }
        return try parsed.value(of: text) { [key] text throws(DeliveryError) in
            do throws(TemplateParseError) {
                return try ReportTemplate(setting: "label \(key)", text)
            } catch {
                throw DeliveryError("the label \(key): \(error)", isPermanent: true)
            }
        }
    }
}
