/// All settings the program has.
public struct SettingsRegistry: Sendable {
    public let owners: [SettingOwner]
    /// Definitions by name and by alias, but for those of subcommands.
    private let byName: [String: SettingDefinition]

    /// - Parameters:
    ///   - uploaders: in the order of the help.
    ///   - reporters: likewise; their names are what `-reporters` may list.
    public init(uploaders: [SettingOwner], reporters: [SettingOwner]) {
        owners =
            CoreSettings.owners(uploaders: uploaders.map(\.name), reporters: reporters.map(\.name))
            + uploaders + reporters + CommandSettings.owners
        byName = Self.index(owners.filter { $0.kind != .command }.flatMap(\.settings))
    }

    /// The settings that go with a subcommand, or with none.
    func definitions(command: String?) -> [SettingDefinition] {
        owners.filter { $0.kind != .command || $0.name == command }.flatMap(\.settings)
    }

    /// The setting of that name or alias.
    public func definition(_ name: String) -> SettingDefinition? { byName[name] }

    /// The subcommands.
    public var commands: [SettingOwner] { owners.filter { $0.kind == .command } }

    /// Every variable that means something.
    var environmentNames: Set<String> {
        Set(definitions(command: nil).flatMap { [$0.environment, $0.fallback?.environment] }.compactMap(\.self))
    }

    static func index(_ definitions: [SettingDefinition]) -> [String: SettingDefinition] {
        var index: [String: SettingDefinition] = [:]
        for definition in definitions {
            for name in [definition.name] + definition.aliases { index[name] = definition }
        }
        return index
    }
}
