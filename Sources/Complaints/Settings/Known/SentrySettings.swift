/// The settings of the Sentry reporter.
enum SentrySettings {
    static let owner = SettingOwner(
        .reporter, "sentry", summary: "an event in Sentry", settings: settings, check: check)

    static let settings = [
        SettingDefinition(
            "sentry.dsn", environment: "SENTRY_DSN", kind: .url(schemes: ["https", "http"]),
            help: "DSN of the project: https://KEY@host/PROJECT", placeholder: "DSN", isSecret: true),
        SettingDefinition(
            "sentry.environment", environment: "SENTRY_ENVIRONMENT", help: "environment of the events, e.g. production",
            placeholder: "NAME"),
        SettingDefinition(
            "sentry.release", environment: "SENTRY_RELEASE", help: "release of the events, most often set by a label",
            placeholder: "VERSION"),
    ]

    private static func check(_ values: SettingValues) -> [Finding] {
        guard let dsn = values["sentry.dsn"],
            let address = try? NetworkAddress(dsn, schemes: ["https", "http"])
        else { return [] }
        let remedy = "copy the DSN from the project's settings: https://KEY@host/PROJECT"
        if address.user?.isEmpty != false {
            return [Finding(.error, "sentry.dsn", "there is no key before \"@\"", remedy: remedy)]
        }
        let project = address.path.split(separator: "/").last ?? ""
        guard !project.isEmpty, !address.path.hasSuffix("/"), project.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            return [Finding(.error, "sentry.dsn", "it does not end with the project's number", remedy: remedy)]
        }
        return []
    }
}
