import Complaints
import Templates

/// Where a case's logs go in the bucket.
struct KeyTemplate: Sendable {
    private let template: Template
    private let setting: String

    /// - Parameter setting: named in errors.
    init(_ text: String, setting: String) throws(TemplateParseError) {
        template = try Template(name: setting, text, functions: ["config"])
        self.setting = setting
    }

    /// The prefix of this failure: the same at every try.
    func prefix(_ failure: Failure) throws(Invalid) -> String {
        let config = TemplateData.config { _ in nil }
        do throws(TemplateExecutionError) {
            return try template.render(
                TemplateData.value(failure, Evidence(stdoutURL: "", stderrURL: ""), config: config),
                functions: ["config": config])
        } catch {
            throw Invalid(description: "\(setting): \(error)")
        }
    }

    static func key(_ prefix: String, _ log: String) -> String { prefix.isEmpty ? log : "\(prefix)/\(log)" }

    /// The template fails for a failure.
    struct Invalid: Error, CustomStringConvertible {
        var description: String
    }
}
