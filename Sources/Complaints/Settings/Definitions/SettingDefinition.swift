/// One setting: what it is called, what it may be, and who is told its value.
///
/// Everything that deals with settings comes from these: flags, environment, help, manual page, completion.
public struct SettingDefinition: Sendable {
    /// When the setting must have a value.
    public enum Requirement: Sendable {
        case never, always
        /// When its owner is the chosen uploader or one of the chosen reporters.
        case whenOwnerIsUsed
        /// A reporter is silent about failures of tasks whose labels do not give it.
        case unlessLabelled
    }

    /// Which workers are told the value.
    public enum Recipients: Hashable, Sendable {
        /// The worker that its owner's code runs in: `uploader`, or `reporter/NAME`.
        case owner
        case everyone
        /// Workers by their roles.
        case roles(Set<String>)
        case nobody
    }

    /// A variable that others set, looked at when the setting has no value from anywhere else.
    public struct Fallback: Sendable {
        public var environment: String
        public var convert: @Sendable (String) -> String

        public init(environment: String, convert: @escaping @Sendable (String) -> String) {
            self.environment = environment
            self.convert = convert
        }
    }

    /// The flag's name, without the dash.
    public var name: String
    /// Other names of the flag.
    public var aliases: [String] = []
    /// The variable's name; several settings may share one. nil: flag only.
    public var environment: String?
    public var kind: SettingKind
    public var defaultValue: String?
    /// One line, without a full stop.
    public var help: String
    /// What stands for the value in help texts.
    public var placeholder: String
    /// Never shown, logged or put into an error.
    public var isSecret = false
    public var required = Requirement.never
    public var recipients: Recipients
    /// May be given several times as a flag; in variables and credentials each line is a value.
    public var isRepeatable = false
    public var fallback: Fallback?
    /// What a label of it names at the service, or besides it, if it does.
    public enum Place: Sendable {
        /// A room, a channel, a project, whose host is that of the service.
        case room
        /// Addresses of mail.
        case recipients
    }
    public var place: Place?
    /// What is the same for two reports goes to the same place, whatever else their labels say.
    public var isDestination = false

    public init(
        _ name: String, environment: String?, kind: SettingKind = .string, default defaultValue: String? = nil,
        help: String, placeholder: String? = nil, isSecret: Bool = false, required: Requirement = .never,
        recipients: Recipients = .owner, isRepeatable: Bool = false, aliases: [String] = [], fallback: Fallback? = nil,
        isDestination: Bool = false, place: Place? = nil
    ) {
        self.name = name
        self.environment = environment
        self.kind = kind
        self.defaultValue = defaultValue
        self.help = help
        self.placeholder = placeholder ?? kind.placeholder
        self.isSecret = isSecret
        self.required = required
        self.recipients = recipients
        self.isRepeatable = isRepeatable
        self.aliases = aliases
        self.fallback = fallback
        self.isDestination = isDestination
        self.place = place
    }
}

/// A part of the program that has settings of its own: a reporter, an uploader, a subcommand, or the core.
public struct SettingOwner: Sendable {
    public enum Kind: Sendable { case core, uploader, reporter, command }

    public var kind: Kind
    /// `slack`, `s3aws`, …; for the core, the heading of the group.
    public var name: String
    /// What it does, in a few words.
    public var summary: String
    public var settings: [SettingDefinition]
    /// A reporter that makes all its reports in the order of failure, whosever they are: apps take no turns there.
    public var keepsOrder: Bool
    /// What is wrong with the values beyond what their kinds tell; values of secrets must not be in the findings.
    public var check: @Sendable (SettingValues) -> [Finding]

    public init(
        _ kind: Kind, _ name: String, summary: String, settings: [SettingDefinition], keepsOrder: Bool = false,
        check: @escaping @Sendable (SettingValues) -> [Finding] = { _ in [] }
    ) {
        self.kind = kind
        self.name = name
        self.summary = summary
        self.settings = settings
        self.keepsOrder = keepsOrder
        self.check = check
    }

    /// The role of the worker that its code runs in.
    var role: String? {
        switch kind {
        case .core, .command: nil
        case .uploader: "uploader"
        case .reporter: "reporter/\(name)"
        }
    }
}
