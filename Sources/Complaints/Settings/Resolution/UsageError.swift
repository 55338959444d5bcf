/// Why the command line and what belongs to it cannot be used. Holds no secret.
public enum UsageError: Error, Equatable, CustomStringConvertible {
    /// `-h`, `-help`: not an error; print the help on standard output.
    case help
    /// A flag, a value or its absence is wrong: print the line, then the usage.
    case usage(String)
    /// A file that settings come from cannot be used: print the line.
    case file(String)

    public var exitCode: Int32 {
        switch self {
        case .help: 0
        case .usage: 2
        case .file: 1
        }
    }

    /// Whether the usage follows the line.
    public var showsUsage: Bool {
        if case .file = self { false } else { true }
    }

    /// One line that says what is wrong.
    public var description: String {
        switch self {
        case .help: "help"
        case .usage(let line), .file(let line): line
        }
    }
}
