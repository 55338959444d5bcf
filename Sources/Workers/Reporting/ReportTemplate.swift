import Complaints
import Templates

/// A format of a report: parsed once, rendered for each failure.
public struct ReportTemplate: Sendable {
    private let template: Template
    private let setting: String

    /// - Parameter setting: the flag it came from, named in errors.
    /// - Throws: ``TemplateParseError`` with line and column.
    public init(setting: String, _ text: String) throws {
        self.setting = setting
        template = try Template(name: setting, text, functions: ["config"])
    }

    /// - Throws: a permanent ``DeliveryError`` when the template fails for this failure: it would fail again.
    public func render(_ report: Report) throws(DeliveryError) -> String {
        do throws(TemplateExecutionError) {
            return try template.render(
                TemplateData.value(for: report.delivery),
                functions: ["config": TemplateData.config { report.label($0) }])
        } catch {
            throw DeliveryError("\(setting): \(error)", isPermanent: true)
        }
    }
}
