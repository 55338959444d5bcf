/// A command line with its environment; the executor's own, and the one the framework wants the image to run.
public struct CommandInfo: Sendable, Equatable {
    /// Whether `value` is a line for the shell; Mesos' default is true.
    public var shell: Bool
    /// The shell's line, or the program.
    public var value: String?
    /// The program's argv, its own name first; only without a shell.
    public var arguments: [String]
    /// In the order in which the framework gave it. A variable that is to come out of a secret has no value here.
    public var environment: [EnvironmentVariable]
    public var user: String?

    public struct EnvironmentVariable: Sendable, Equatable, Decodable {
        public var name: String
        /// nil for a variable of type SECRET.
        public var value: String?

        public init(_ name: String, _ value: String?) {
            self.name = name
            self.value = value
        }
    }

    public init(
        shell: Bool = true, value: String? = nil, arguments: [String] = [], environment: [EnvironmentVariable] = [],
        user: String? = nil
    ) {
        self.shell = shell
        self.value = value
        self.arguments = arguments
        self.environment = environment
        self.user = user
    }
}

extension CommandInfo: Decodable {
    private enum Key: String, CodingKey { case shell, value, arguments, environment, user }
    private struct Environment: Decodable { var variables: [EnvironmentVariable]? }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        shell = try fields.decodeIfPresent(Bool.self, forKey: .shell) ?? true
        value = try fields.decodeIfPresent(String.self, forKey: .value)
        arguments = try fields.decodeIfPresent([String].self, forKey: .arguments) ?? []
        environment = try fields.decodeIfPresent(Environment.self, forKey: .environment)?.variables ?? []
        user = try fields.decodeIfPresent(String.self, forKey: .user)
    }
}
