/// Looks for mistakes that parsing a configuration does not find.
public enum ConfigurationCheck {
    /// What is wrong with a template, with line and column; nil when nothing is.
    public typealias TemplateChecker = @Sendable (_ template: String) -> String?

    /// What can be found without the network, errors first. Settings of reporters and uploaders that are not used are
    /// left alone.
    public static func offline(
        _ configuration: Configuration, templates: TemplateChecker = { _ in nil }
    ) -> [Finding] {
        var findings: [Finding] = []
        let values = configuration.all
        for owner in configuration.registry.owners where configuration.isUsed(owner) {
            findings += owner.check(values)
            for definition in owner.settings {
                findings += checkTemplates(of: definition, values, templates)
            }
        }
        findings += checkSilentReporters(configuration)
        findings = findings.map { finding in
            var finding = finding
            let source = configuration.resolved(finding.setting)?.source
            finding.source = source.flatMap { $0 == .byDefault ? nil : "\($0)" }
            return finding
        }
        findings += configuration.warnings
        return findings.filter { $0.severity == .error } + findings.filter { $0.severity == .warning }
    }

    private static func checkTemplates(
        of definition: SettingDefinition, _ values: SettingValues, _ check: TemplateChecker
    ) -> [Finding] {
        let remedy = "see Go's text/template"
        switch definition.kind {
        case .template:
            guard let template = values[definition.name], let problem = check(template) else { return [] }
            return [
                Finding(
                    .error, definition.name, "the template is wrong: \(problem.shortened(to: 200))", remedy: remedy)
            ]
        case .fields:
            return values.fields(definition.name).compactMap { field in
                check(field.template).map { problem in
                    Finding(
                        .error, definition.name,
                        "the template of \"\(field.key.shortened(to: 40))\" is wrong: \(problem.shortened(to: 200))",
                        remedy: remedy)
                }
            }
        default:
            return []
        }
    }

    /// A reporter with nothing but defaults may get the rest from labels, but that is rarely what is meant.
    private static func checkSilentReporters(_ configuration: Configuration) -> [Finding] {
        configuration.registry.owners.filter { $0.kind == .reporter && configuration.isUsed($0) }.compactMap { owner in
            let needed = owner.settings.filter { $0.required == .unlessLabelled }
            guard let first = needed.first(where: { configuration.resolved($0.name)?.isSet != true }) else {
                return nil
            }
            return Finding(
                .warning, first.name, "\(owner.name) reports only failures of tasks whose labels give this",
                remedy: "set -\(first.name)" + (first.environment.map { " or \($0)" } ?? "")
                    + ", unless that is what you want")
        }
    }
}
