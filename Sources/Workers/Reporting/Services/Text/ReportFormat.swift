import Complaints
import Templates

/// The text of a report: by the task's own `format`, if it has one, else by the setting `KIND.format`; or by another
/// such pair. In place of a setting that fails for a failure its default is used.
///
/// Formats of tasks are parsed when a report needs them; the newest are kept.
final class ReportFormat: Sendable {
    private let format: ReportTemplate
    private let fallback: ReportTemplate
    private let parsed = ParsedLabels<ReportTemplate>()
    private let key: String
    private let setting: String
    private let mayBeEmpty: Bool

    /// - Parameters:
    ///   - key: of the setting and the label.
    ///   - mayBeEmpty: whether a format that gives no text is meant so.
    init(
        _ owner: SettingOwner, _ settings: SettingValues, key: String = "format", mayBeEmpty: Bool = false
    ) throws(TemplateParseError) {
        self.key = key
        self.mayBeEmpty = mayBeEmpty
        setting = "\(owner.name).\(key)"
        format = try ReportTemplate(setting: setting, settings[setting] ?? "")
        let name = setting
        fallback = try ReportTemplate(
            setting: setting, owner.settings.first { $0.name == name }?.defaultValue ?? "")
    }

    /// - Parameters:
    ///   - escape: what is done to the failure's texts, and not to the format's own and the URLs.
    ///   - lineBreak: what begins a new line.
    /// - Throws: a permanent ``DeliveryError`` when the format cannot be parsed, fails, or gives nothing; it names what
    ///   the report can be made without.
    func render(
        _ report: Report, lineBreak: String = "\n", escape: (@Sendable (String) -> String)? = nil
    ) throws(DeliveryError) -> String {
        try render(escape.map { report.escaped($0) } ?? report, lineBreak: lineBreak)
    }

    private func render(_ report: Report, lineBreak: String) throws(DeliveryError) -> String {
        try checked(try template(of: report).message(report, lineBreak: lineBreak), report)
    }

    /// The same as one line that names the failure: see ``ReportTemplate/headline(_:countsHeld:)``.
    func headline(_ report: Report) throws(DeliveryError) -> String {
        try checked(try template(of: report).headline(report, countsHeld: true), report)
    }

    private func checked(_ text: String, _ report: Report) throws(DeliveryError) -> String {
        guard !mayBeEmpty, text.allSatisfy(\.isWhitespace) else { return text }
        throw unusable("the \(key) gives an empty text", report)
    }

    private func template(of report: Report) throws(DeliveryError) -> ReportTemplate {
        guard let text = report.label(key) else { return report.isLeftOut(setting: setting) ? fallback : format }
        return try parsed.value(of: text) { text throws(DeliveryError) in
            do throws(TemplateParseError) {
                return try ReportTemplate(label: key, text)
            } catch {
                throw unusable("the label \(key): \(error)", report)
            }
        }
    }

    private func unusable(_ reason: String, _ report: Report) -> DeliveryError {
        var error = DeliveryError(reason, isPermanent: true)
        error.unusable = UnusableValue(origin: report.label(key) == nil ? .setting(setting) : .label(key))
        return error
    }
}
