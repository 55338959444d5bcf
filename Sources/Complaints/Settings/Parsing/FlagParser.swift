/// What stood on the command line.
struct ParsedFlags: Equatable {
    /// A flag that was there, as it was written, and its value.
    struct Occurrence: Equatable {
        var flag: String
        var value: String
    }

    /// By the setting's name, in the order of the command line.
    var occurrences: [String: [Occurrence]] = [:]
}

/// Reads a command line by the rules of Go's package `flag`.
///
/// A flag is `-name=value`, `--name=value` or `-name value`; a boolean one is `-name` or `-name=value` only. The first
/// word that is not a flag ends them, and since there is nothing such a word could mean, it is an error. Arguments are
/// not repeated in errors but for names of flags: they may be passwords.
struct FlagParser {
    private let definitions: [String: SettingDefinition]
    private let commands: [String]

    /// - Parameter commands: what could have been meant by a first word that is no flag.
    init(_ definitions: [SettingDefinition], commands: [String] = []) {
        self.definitions = SettingsRegistry.index(definitions)
        self.commands = commands
    }

    func parse(_ arguments: [String]) throws(UsageError) -> ParsedFlags {
        var parsed = ParsedFlags()
        var index = 0
        while index < arguments.count {
            let argument = arguments[index]
            guard argument.hasPrefix("-"), argument != "-" else {
                throw unexpected(at: index, in: arguments)
            }
            if argument == "--" {
                if index + 1 < arguments.count { throw unexpected(at: index + 1, in: arguments) }
                break
            }
            index += 1
            let body = argument.dropFirst(argument.hasPrefix("--") ? 2 : 1)
            let equals = body.utf8.firstIndex(of: UInt8(ascii: "="))
            let name = String(body[..<(equals ?? body.endIndex)])
            guard !name.isEmpty, !name.hasPrefix("-") else {
                throw .usage("bad flag syntax in argument \(index): write -name=value")
            }
            guard let definition = definitions[name] else {
                if name == "h" || name == "help" { throw .help }
                throw unknown(name)
            }
            let value: String
            if let equals {
                value = String(body[body.utf8.index(after: equals)...])
            } else if definition.kind == .bool {
                value = "true"
            } else if index < arguments.count {
                value = arguments[index]
                index += 1
            } else {
                throw .usage("flag -\(name) needs a value: write -\(name)=\(definition.placeholder)")
            }
            parsed.occurrences[definition.name, default: []].append(.init(flag: "-" + name, value: value))
        }
        return parsed
    }

    private func unexpected(at index: Int, in arguments: [String]) -> UsageError {
        let argument = arguments[index]
        if index > 0, arguments[index - 1].hasPrefix("-"), GoValues.bool(argument) != nil {
            let flag = arguments[index - 1].trimmingPrefix { $0 == "-" }
            if definitions[String(flag)]?.kind == .bool {
                return .usage("unexpected argument \"\(argument)\": write -\(flag)=\(argument)")
            }
        }
        if definitions[argument] != nil {
            return .usage("unexpected argument \"\(argument)\": write -\(argument), with the dash")
        }
        if index == 0, let nearest = Spelling.nearest(to: argument, among: commands) {
            return .usage("unknown command \(argument): did you mean \(nearest)?")
        }
        return .usage(
            "unexpected argument \(index + 1), which is not a flag: write flags as -name=value, without spaces")
    }

    private func unknown(_ name: String) -> UsageError {
        // What looks like no flag of ours may be a password that slipped in.
        guard let nearest = Spelling.nearest(to: name, among: definitions.keys) else {
            return .usage("unknown flag -\(name.shortened(to: 30)): -h lists all")
        }
        return .usage("unknown flag -\(name.shortened(to: 40)): did you mean -\(nearest)?")
    }
}
