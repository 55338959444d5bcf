/// The subcommands and the flags that only they have.
enum CommandSettings {
    /// For those who are not started by systemd, and are to see what the service sees.
    static let credentials = SettingDefinition(
        "credentials", environment: nil, kind: .file,
        help: "directory of systemd credentials; those of a running service are in /run/credentials/complainer.service",
        placeholder: "DIRECTORY", recipients: .nobody)

    static let owners = [
        SettingOwner(
            .command, "check", summary: "check the configuration, one line for each finding; exit 0 or 1",
            settings: [
                SettingDefinition(
                    "offline", environment: nil, kind: .bool, default: "false", help: "leave the network out",
                    recipients: .nobody),
                credentials,
            ]),
        SettingOwner(
            .command, "test-report",
            summary: "report one test failure by the configured reporters; exit 0 when all have taken it, else 1",
            settings: [
                SettingDefinition(
                    "reporter", environment: nil,
                    help: "only this reporter, also when -reporters does not name it", placeholder: "NAME",
                    recipients: .nobody),
                SettingDefinition(
                    "timeout", environment: nil, kind: .duration(atLeast: 1_000_000_000), default: "30s",
                    help: "how long to wait for the reporters", recipients: .nobody),
                credentials,
                SettingDefinition(
                    "label", environment: nil, help: "a label of the failed task; repeatable",
                    placeholder: "KEY=VALUE", recipients: .nobody, isRepeatable: true),
            ]),
        SettingOwner(
            .command, "render", summary: "show what a format makes of a failure, without a cluster",
            settings: [
                SettingDefinition(
                    "format", environment: nil, kind: .template,
                    help: "the template; without it that of the file reporter", recipients: .nobody),
                SettingDefinition(
                    "failure", environment: nil, kind: .file, help: "JSON file with the failure; without it a sample",
                    recipients: .nobody),
                SettingDefinition(
                    "label", environment: nil, help: "a label of the failed task, and what config gives; repeatable",
                    placeholder: "KEY=VALUE", recipients: .nobody, isRepeatable: true),
                SettingDefinition(
                    "repeat", environment: nil, kind: .integer(1...100_000_000), default: "1",
                    help: "render it so many times, and tell how long one takes", recipients: .nobody),
                SettingDefinition(
                    "batch", environment: nil, kind: .bool, default: "false",
                    help: "read templates with their data as JSON lines, print what comes out as JSON lines",
                    recipients: .nobody),
            ]),
        SettingOwner(
            .command, "status", summary: "ask the running instance how it is",
            settings: [
                SettingDefinition(
                    "json", environment: nil, kind: .bool, default: "false", help: "as JSON", recipients: .nobody)
            ]),
        SettingOwner(.command, "version", summary: "print the version", settings: []),
        SettingOwner(
            .command, "man", summary: "print a manual page: complainer, complainer.conf or complainer-templates",
            settings: []),
        SettingOwner(
            .command, "completions", summary: "print what a shell completes: completions bash, zsh or fish",
            settings: []),
        SettingOwner(.command, "help", summary: "print this", settings: []),
    ]
}
