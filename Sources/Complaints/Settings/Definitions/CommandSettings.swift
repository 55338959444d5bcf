/// The subcommands and the flags that only they have.
enum CommandSettings {
    static let owners = [
        SettingOwner(
            .command, "check", summary: "check the configuration, one line for each finding; exit 0 or 1",
            settings: [
                SettingDefinition(
                    "offline", environment: nil, kind: .bool, default: "false", help: "leave the network out",
                    recipients: .nobody)
            ]),
        SettingOwner(
            .command, "test-report", summary: "send one marked test failure through the real workers",
            settings: [
                SettingDefinition(
                    "reporter", environment: nil, help: "only this reporter", placeholder: "NAME",
                    recipients: .nobody),
                SettingDefinition(
                    "label", environment: nil, help: "a label of the failed task; repeatable",
                    placeholder: "KEY=VALUE", recipients: .nobody, isRepeatable: true),
            ]),
        SettingOwner(
            .command, "status", summary: "ask the running instance how it is",
            settings: [
                SettingDefinition(
                    "json", environment: nil, kind: .bool, default: "false", help: "as JSON", recipients: .nobody)
            ]),
    ]
}
