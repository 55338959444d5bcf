import Complaints
import Templates

/// A format of a report: parsed once, rendered for each failure.
public struct ReportTemplate: Sendable {
    private let template: Template
    private let setting: String
    private let origin: UnusableValue.Origin
    /// Whether it tells by itself of failures that are reported together.
    private let tellsHeld: Bool

    /// - Parameter setting: the flag it came from, named in errors.
    /// - Throws: ``TemplateParseError`` with line and column.
    public init(setting: String, _ text: String) throws(TemplateParseError) {
        try self.init(.setting(setting), named: setting, text)
    }

    /// A template out of a label.
    ///
    /// - Parameter key: of the label, such as `format`.
    init(label key: String, _ text: String) throws(TemplateParseError) {
        try self.init(.label(key), named: "label \(key)", text)
    }

    init(_ origin: UnusableValue.Origin, named setting: String, _ text: String) throws(TemplateParseError) {
        self.setting = setting
        self.origin = origin
        tellsHeld = text.contains(".Held")
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

    /// A whole message: what the template gives, marked when it is a test, and below a line that says of how many
    /// failures it tells, unless the template does that by itself (with a method whose name begins with `Held`).
    ///
    /// - Parameter lineBreak: what begins a new line in the message.
    /// - Throws: as ``render(_:)``.
    public func message(_ report: Report, lineBreak: String = "\n") throws(DeliveryError) -> String {
        var text = try render(report)
        guard !text.allSatisfy(\.isWhitespace) else { return text }
        if let held = report.delivery.held, !tellsHeld {
            text = held.summary(of: report.delivery.failure) + lineBreak + text
        }
        if !report.remarks.isEmpty {
            let isOnNewLine = text.hasSuffix(lineBreak)
            text += (isOnNewLine ? "" : lineBreak) + report.remarks.joined(separator: lineBreak)
            if isOnNewLine { text += lineBreak }
        }
        return report.delivery.isTest ? "\(Report.testMark) \(text)" : text
    }

    /// A line that names the failure, such as a subject: marked when it is a test. Of how many failures it tells is said
    /// behind it, if asked for, unless the template does that by itself.
    public func headline(_ report: Report, countsHeld: Bool) throws(DeliveryError) -> String {
        var text = try render(report)
        if countsHeld, !tellsHeld, let held = report.delivery.held { text += " (\(held.count) failures)" }
        return report.delivery.isTest ? "\(Report.testMark) \(text)" : text
    }

    /// - Throws: a permanent ``DeliveryError`` when the template fails for this failure: it would fail again.
    public func render(_ report: Report) throws(DeliveryError) -> String {
        let config = TemplateData.config { report.label($0) }
        do throws(TemplateExecutionError) {
            let text = try template.render(
                TemplateData.value(
                    report.delivery.failure, report.delivery.evidence, held: report.delivery.held, config: config),
                functions: ["config": config])
            return report.hidden(text)
        } catch {
            var failure = DeliveryError("\(setting): \(error)", isPermanent: true)
            failure.unusable = UnusableValue(origin: origin, isOverBudget: error.isOverBudget)
            throw failure
        }
    }
}
