import Reporting
import Testing
import Uploading

@testable import Complaints

@Suite struct RolesTests {
    static let environment = [
        "S3_ACCESS_KEY": "access-key", "S3_SECRET_KEY": "secret-key", "S3_BUCKET": "logs", "S3_REGION": "r",
        "SLACK_HOOK_URL": "https://hooks.example.com/services/T00000000/B00000000/hook-secret",
        "SENTRY_DSN": "https://sentry-key:sentry-secret@sentry.example.com/7",
        "JIRA_PASSWORD": "jira-password", "HIPCHAT_TOKEN": "hipchat-token",
    ]
    static let arguments = ["-masters=http://u:master%20pw@m:5050", "-uploader=s3aws", "-reporters=slack,sentry,file"]

    static func configuration(_ more: String..., environment: [String: String] = environment) throws -> Configuration {
        try resolve(arguments + more, environment: environment)
    }

    @Test func everyWorkerIsToldOnlyWhatItNeeds() throws {
        let configuration = try Self.configuration()
        let common: Set = [
            "name", "default", "log-format", "log-level", "sandbox", "labels.destinations", "templates.budget",
        ]
        func names(_ role: String) -> Set<String> { Set(configuration.values(for: role).keys).subtracting(common) }
        for role in configuration.roles { #expect(common.isSubset(of: Set(configuration.values(for: role).keys))) }
        #expect(names("poller") == ["masters", "states", "detect", "poll-interval"])
        #expect(
            names("dispatcher") == [
                "reporters", "catch-up", "retry-for", "keep", "flood.limit", "flood.window", "labels.max-instances",
                "agents.scheme",
            ])
        #expect(
            names("uploader") == [
                "uploader", "s3aws.access_key", "s3aws.secret_key", "s3aws.bucket", "s3aws.region", "s3aws.prefix",
                "s3aws.timeout", "s3aws.path_style", "tail.lines", "tail.bytes", "logs.max-bytes", "logs.rotated",
                "logs.gzip",
                "upload.patience", "agents.scheme",
            ])
        #expect(names("reporter/slack") == ["slack.hook_url", "slack.format", "slack.tail"])
        #expect(names("reporter/sentry") == ["sentry.dsn"])
        #expect(names("reporter/file") == ["file.name", "file.format"])
        #expect(names("server") == ["listen.debug"])
        #expect(names("reporter/jira") == [], "not chosen")
    }

    @Test func noRoleSeesTheSecretOfAnother() throws {
        let configuration = try Self.configuration()
        let owners = [
            "access-key": "uploader", "secret-key": "uploader", "hook-secret": "reporter/slack",
            "sentry-secret": "reporter/sentry", "master%20pw": "poller",
        ]
        for role in configuration.roles {
            let text = configuration.values(for: role).values.joined().joined(separator: "\n")
            for (secret, owner) in owners { #expect(text.contains(secret) == (owner == role), "\(secret) at \(role)") }
        }
    }

    @Test func secretsAreListedForRedaction() throws {
        let secrets = try Self.configuration().secrets
        for secret in [
            "access-key", "secret-key", "https://hooks.example.com/services/T00000000/B00000000/hook-secret",
            "/services/T00000000/B00000000/hook-secret", "sentry-key", "sentry-secret", "master%20pw", "master pw",
            "jira-password", "hipchat-token",
        ] { #expect(secrets.contains(secret), "\(secret)") }
        #expect(!secrets.contains("logs"))
        #expect(
            secrets == secrets.sorted { $0.utf8.count > $1.utf8.count || ($0.utf8.count == $1.utf8.count && $0 < $1) })
    }

    @Test func nothingThatIsPrintedHoldsASecret() throws {
        let configuration = try Self.configuration()
        var dumped = ""
        dump(configuration, to: &dumped)
        dump(configuration.all, to: &dumped)
        let texts = [
            "\(configuration)", String(reflecting: configuration), dumped, "\(configuration.all)",
            String(reflecting: configuration.all), String(describing: configuration.resolved("slack.hook_url")),
        ]
        for text in texts {
            for secret in configuration.secrets { #expect(!text.contains(secret), "\(secret)") }
        }
        #expect("\(configuration)".contains("masters=http://u:***@m:5050 (flag -masters)"))
        #expect("\(configuration)".contains("slack.hook_url=*** (environment variable SLACK_HOOK_URL)"))
    }

    @Test(arguments: SettingsRegistry.standard.owners.flatMap(\.settings).filter(\.isSecret).map(\.name))
    func aSecretThatIsRefusedIsNotRepeated(name: String) {
        for value in [
            "s3cr3t\0", "ftp://s3cr3t", "s3cr3t://x", "http://[s3cr3t", "https://a:s3cr3t@b:s3cr3t", "s3cr3t x",
        ] {
            let error = refusal(needed + ["-\(name)=\(value)"])
            #expect(!error.lowercased().contains("s3cr3t"), "\(error)")
        }
    }

    @Test func onlyTheWorkersWhoseSettingsChangedAreRestarted() throws {
        let old = try Self.configuration()
        #expect(old.changes(to: try Self.configuration()).isEmpty)
        var environment = Self.environment
        environment["SLACK_HOOK_URL"] = "https://hooks.example.com/other"
        #expect(old.changes(to: try Self.configuration(environment: environment)).changed == ["reporter/slack"])
        #expect(old.changes(to: try Self.configuration("-poll-interval=6s")).changed == ["poller"])
        #expect(old.changes(to: try Self.configuration("-jira.url=http://x")).isEmpty)
        #expect(old.changes(to: try Self.configuration("-name=x")).changed == old.roles)
        // Said in another place, but the same.
        #expect(old.changes(to: try Self.configuration("-s3aws.bucket=logs")).isEmpty)
        let changes = old.changes(to: try Self.configuration("-reporters=sentry,hipchat,file"))
        #expect(changes == .init(started: ["reporter/hipchat"], stopped: ["reporter/slack"], changed: ["dispatcher"]))
    }
}

@Suite struct RegistryTests {
    /// A reporter that the program gets one day: its settings are accepted, shown, and told to its worker only.
    @Test func aNewReporterIsOneLine() throws {
        let pigeon = SettingOwner(
            .reporter, "pigeon", summary: "a POST",
            settings: [
                SettingDefinition(
                    "pigeon.url", environment: "PIGEON_URL", help: "where to", required: .whenOwnerIsUsed),
                SettingDefinition(
                    "pigeon.tries", environment: nil, kind: .integer(1...9), default: "3", help: "how often"),
            ])
        let registry = SettingsRegistry(
            uploaders: UploaderRegistry.owners, reporters: ReporterRegistry.all.map(\.owner) + [pigeon])
        func resolve(_ more: String...) throws -> Configuration {
            try Configuration.resolve(
                arguments: ["-masters=m:1", "-uploader=noop", "-reporters=pigeon,file"] + more, environment: [:],
                registry: registry, readFile: { _ in nil })
        }
        let values = SettingValues(try resolve("-pigeon.url=x").values(for: "reporter/pigeon"))
        #expect(values["pigeon.url"] == "x" && values.integer("pigeon.tries") == 3 && values["file.name"] == nil)
        #expect(Usage.render(registry).contains("-pigeon.tries"))
        #expect(throws: UsageError.self) { try resolve() }
        #expect(throws: UsageError.self) { try resolve("-pigeon.url=x", "-pigeon.tries=10") }
        #expect(throws: UsageError.self) { try resolve("-pigeon.url=x", "-pigeon.tries=") }
    }

    @Test func getters() throws {
        let values = SettingValues([
            "a": ["5"], "b": ["true"], "c": ["1m0.5s"], "d": [""], "e": ["K: x:y;L:{{ \";\" }}"],
        ])
        #expect(values.integer("a") == 5 && values.bool("b") == true && values.duration("c") == .milliseconds(60_500))
        #expect(values["d"] == nil && values.all("d") == [""] && values["none"] == nil && values.all("none") == [])
        #expect(values.bool("a") == nil && values.integer("b") == nil && values.duration("b") == nil)
        #expect(values.fields("e").map { "\($0.key)=\($0.template)" } == ["K= x:y", "L={{ \";\" }}"])
    }
}
