/// Where a value came from.
public enum SettingSource: Hashable, Sendable, CustomStringConvertible {
    /// As it was written, with the dash.
    case flag(String)
    /// The name of a file in `$CREDENTIALS_DIRECTORY`.
    case credential(String)
    case environment(String)
    case file(path: String, line: Int, name: String)
    case byDefault

    public var description: String {
        switch self {
        case .flag(let flag): "flag \(flag)"
        case .credential(let name): "credential \(name)"
        case .environment(let name): "environment variable \(name)"
        case .file(let path, let line, let name): "\(path):\(line), \(name)"
        case .byDefault: "default"
        }
    }
}

/// The value of one setting and where it came from.
public struct ResolvedSetting: Sendable, CustomStringConvertible, CustomReflectable {
    public let definition: SettingDefinition
    /// Items of a list, values of a repeatable setting; otherwise one.
    public let values: [String]
    public let source: SettingSource

    /// Whether it has a value that is not empty.
    public var isSet: Bool { values.contains { !$0.isEmpty } }

    /// `name=value (source)`, without the value of a secret and without passwords in URLs.
    public var description: String {
        "\(definition.name)=\(definition.isSecret ? "***" : redactedValue.shortened(to: 400)) (\(source))"
    }

    private var redactedValue: String {
        var text = values.joined(separator: ",")
        for secret in Secrets.of(self) { text.replace(secret, with: "***") }
        return text
    }

    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// All settings with their values. Made by ``resolve(arguments:command:environment:registry:requiresAll:readFile:)``.
public struct Configuration: Sendable, CustomStringConvertible, CustomReflectable {
    /// Reads a file: its bytes, or nil when there is none.
    public typealias FileReader = (_ path: String) throws -> [UInt8]?

    public let registry: SettingsRegistry
    let settings: [String: ResolvedSetting]
    /// What looks like a mistake but stops nothing.
    public let warnings: [Finding]

    /// The value of a setting with its source; nil when it has none.
    public func resolved(_ name: String) -> ResolvedSetting? { settings[name] }

    /// All values, those of subcommands' flags too.
    public var all: SettingValues { SettingValues(settings.mapValues(\.values)) }

    /// The chosen reporters, in the order of the setting, each once.
    public var reporters: [String] { settings["reporters"]?.values ?? [] }

    /// The chosen uploader.
    public var uploader: String? { settings["uploader"]?.values.first }

    /// The roles of all workers that this configuration needs.
    public var roles: [String] {
        ["dispatcher", "poller", "uploader"] + reporters.map { "reporter/\($0)" } + ["server"]
    }

    /// What the worker of a role is told: values by the setting's name, secrets included. Nothing else.
    public func values(for role: String) -> [String: [String]] {
        var values: [String: [String]] = [:]
        for owner in registry.owners where isUsed(owner) {
            for definition in owner.settings {
                guard let setting = settings[definition.name], setting.isSet else { continue }
                let isTold =
                    switch definition.recipients {
                    case .owner: owner.role == role
                    case .everyone: true
                    case .roles(let roles): roles.contains(role)
                    case .nobody: false
                    }
                if isTold { values[definition.name] = setting.values }
            }
        }
        return values
    }

    /// The names of the used reporters' settings that tell where a report goes.
    public var destinations: [String] {
        registry.owners.filter { $0.kind == .reporter && isUsed($0) }.flatMap(\.settings)
            .filter(\.isDestination).map(\.name)
    }

    /// The used reporters that make all their reports in the order of failure.
    public var ordered: [String] {
        registry.owners.filter { $0.kind == .reporter && isUsed($0) && $0.keepsOrder }.map(\.name)
    }

    /// Whether the core, this uploader or this reporter takes part.
    func isUsed(_ owner: SettingOwner) -> Bool {
        switch owner.kind {
        case .core: true
        case .command: false
        case .uploader: uploader == owner.name
        case .reporter: reporters.contains(owner.name)
        }
    }

    /// Every value that must not get into a log: secrets, their telling parts, passwords in URLs. Longest first, so that
    /// replacing them one after the other leaves nothing of one that contains another.
    ///
    /// Values of fewer than four characters are not among them: replacing these would garble every line.
    public var secrets: [String] {
        Set(settings.values.flatMap { Secrets.of($0) }).sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    /// Values of secrets that are too short to be among ``secrets``.
    public var shortSecrets: [String] {
        settings.values.filter(\.definition.isSecret).flatMap(\.values)
            .filter { !$0.isEmpty && $0.utf8.count < Secrets.shortest }
    }

    /// Which workers a new configuration starts, stops, or gives other settings.
    public struct RoleChanges: Equatable, Sendable {
        public var started: [String] = []
        public var stopped: [String] = []
        public var changed: [String] = []

        public var isEmpty: Bool { started.isEmpty && stopped.isEmpty && changed.isEmpty }
    }

    /// What is to be done when `new` takes the place of this one.
    public func changes(to new: Configuration) -> RoleChanges {
        var changes = RoleChanges()
        changes.stopped = roles.filter { !new.roles.contains($0) }
        for role in new.roles {
            if !roles.contains(role) {
                changes.started.append(role)
            } else if values(for: role) != new.values(for: role) {
                changes.changed.append(role)
            }
        }
        return changes
    }

    /// One line for each setting that has a value, in the order of the help; safe to log.
    public var description: String {
        registry.owners.flatMap(\.settings).compactMap { settings[$0.name]?.description }.joined(separator: "\n")
    }

    public var customMirror: Mirror { Mirror(self, children: []) }
}
