import Complaints
import Templates

/// A format of a report: parsed once, rendered for each failure.
public struct ReportTemplate: Sendable {
    private let template: Template
    private let setting: String

    /// - Parameter setting: the flag or label it came from, named in errors.
    /// - Throws: ``TemplateParseError`` with line and column.
    public init(setting: String, _ text: String) throws(TemplateParseError) {
        self.setting = setting
        template = try Template(name: setting, text, functions: ["config"])
    }

    /// What is wrong with a template, with line and column; nil when nothing is.
    public static let problem: ConfigurationCheck.TemplateChecker = { text in
        do throws(TemplateParseError) {
            _ = try Template(name: "", text, functions: ["config"])
            return nil
        } catch {
            return error.description
        }
    }

    /// - Throws: a permanent ``DeliveryError`` when the template fails for this failure: it would fail again.
    public func render(_ report: Report) throws(DeliveryError) -> String {
        let config = TemplateData.config { report.label($0) }
        do throws(TemplateExecutionError) {
            return try template.render(
                TemplateData.value(report.delivery.failure, report.delivery.evidence, config: config),
                functions: ["config": config])
        } catch {
            throw DeliveryError("\(setting): \(error)", isPermanent: true)
        }
    }
}
