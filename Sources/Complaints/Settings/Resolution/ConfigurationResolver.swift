extension Configuration {
    /// Looks for every setting's value on the command line, among the credentials, in the environment, in the
    /// configuration file, and in its default, in this order.
    ///
    /// - Parameters:
    ///   - arguments: without the program's name and that of the subcommand.
    ///   - command: the subcommand, whose own flags are then allowed.
    ///   - environment: a variable that is empty counts as not set.
    ///   - requiresAll: whether a required setting that has no value is an error.
    ///   - readFile: called for `-config` and for files in `$CREDENTIALS_DIRECTORY`.
    /// - Throws: the first thing that is wrong, in one line without secrets.
    public static func resolve(
        arguments: [String], command: String? = nil, environment: [String: String],
        registry: SettingsRegistry, requiresAll: Bool = true, readFile: @escaping FileReader
    ) throws(UsageError) -> Configuration {
        let definitions = registry.definitions(command: command)
        let flags = try FlagParser(definitions, commands: command == nil ? registry.commands.map(\.name) : [])
            .parse(arguments)
        var resolver = ConfigurationResolver(
            flags: flags, environment: environment, credentials: environment["CREDENTIALS_DIRECTORY"] ?? "",
            file: nil, readFile: readFile)
        if let given = definitions.first(where: { $0.name == CommandSettings.credentials.name }),
            let directory = try resolver.resolve(given), directory.isSet
        {
            resolver.credentials = directory.values[0]
            // A directory cannot be read as a file, but that it is not there can be told.
            if case .some(.none) = try? readFile(resolver.credentials) {
                throw .file("-credentials: there is no directory \(resolver.credentials.shortened(to: 200))")
            }
        }
        if let definition = registry.definition("config"), let path = try resolver.resolve(definition), path.isSet {
            resolver.file = try ConfigurationFile(path.values[0], known: registry.environmentNames, readFile)
        }
        var settings: [String: ResolvedSetting] = [:]
        for definition in definitions { settings[definition.name] = try resolver.resolve(definition) }

        let unknown = environment.keys.filter { $0.hasPrefix("COMPLAINER_") }.sorted()
            .filter { !registry.environmentNames.contains($0) }
        let configuration = Configuration(
            registry: registry, settings: settings,
            warnings: unknown.map { name in
                let nearest = Spelling.nearest(to: name, among: registry.environmentNames)
                return Finding(
                    .warning, name.shortened(to: 60), "this environment variable means nothing to the program",
                    remedy: nearest.map { "did you mean \($0)?" } ?? "-h lists all that do")
            })
        if requiresAll { try configuration.requireAll() }
        return configuration
    }

    private func requireAll() throws(UsageError) {
        var missing: [SettingDefinition] = []
        for owner in registry.owners {
            missing += owner.settings.filter { definition in
                guard settings[definition.name]?.isSet != true else { return false }
                return switch definition.required {
                case .never, .unlessLabelled: false
                case .always: true
                case .whenOwnerIsUsed: isUsed(owner)
                }
            }
        }
        guard !missing.isEmpty else { return }
        let names = missing.map { definition in
            "-\(definition.name)" + (definition.environment.map { " (\($0))" } ?? "")
        }
        throw .usage("required settings are missing: give \(names.joined(separator: ", "))")
    }
}

/// A configuration file that was read.
struct ConfigurationFile {
    let path: String
    /// Later lines win, as with systemd.
    let entries: [String: EnvironmentFile.Entry]

    init(_ path: String, known: Set<String>, _ readFile: Configuration.FileReader) throws(UsageError) {
        let shownPath = path.shortened(to: 200)
        guard let bytes = try readBytes(path, readFile) else {
            throw .file("\(shownPath): there is no such file; give the right path with -config")
        }
        var entries: [String: EnvironmentFile.Entry] = [:]
        do throws(EnvironmentFile.Problem) {
            for entry in try EnvironmentFile.parse(bytes) { entries[entry.name] = entry }
        } catch {
            throw .file("\(shownPath):\(error.line): \(error.message); write NAME=value, \"quoted\" where needed")
        }
        let unknown = entries.values.filter { !known.contains($0.name) }.min { $0.line < $1.line }
        if let unknown {
            let nearest = Spelling.nearest(to: unknown.name, among: known)
            let remedy =
                // In /etc/default/complainer it is for the unit, and no setting.
                unknown.name == "COMPLAINER_OPTIONS"
                ? "it is for complainer.service: give the flags that stand there, in place of -config"
                : nearest.map { "did you mean \($0)?" } ?? "complainer -h lists all names"
            throw .file("\(shownPath):\(unknown.line): \(unknown.name.shortened(to: 40)) is not known; \(remedy)")
        }
        self.path = path
        self.entries = entries
    }
}

/// An error of the reader, in its own words, which name the path and the system's reason.
private func readBytes(_ path: String, _ readFile: Configuration.FileReader) throws(UsageError) -> [UInt8]? {
    do {
        return try readFile(path)
    } catch {
        throw .file("\(path.shortened(to: 200)): cannot be read: \("\(error)".shortened(to: 200))")
    }
}

private struct ConfigurationResolver {
    let flags: ParsedFlags
    let environment: [String: String]
    /// "" when there is none.
    var credentials: String
    var file: ConfigurationFile?
    let readFile: Configuration.FileReader

    /// The value from the first source that has one, checked; nil when none has.
    func resolve(_ definition: SettingDefinition) throws(UsageError) -> ResolvedSetting? {
        guard let (texts, source) = try find(definition) else { return nil }
        var values: [String] = []
        for (text, source) in texts {
            let items = definition.kind.isList ? split(text) : [text]
            for item in items {
                // An empty word stands for no value; what has a form of its own cannot be empty, as in Go.
                if item.isEmpty, definition.kind.mayBeEmpty { continue }
                if let problem = definition.problem(with: item) {
                    throw .usage("\(definition.name) (\(source)): \(problem.problem); \(problem.remedy)")
                }
            }
            values += items
        }
        return ResolvedSetting(definition: definition, values: values, source: source)
    }

    private typealias Texts = [(String, SettingSource)]

    private func find(_ definition: SettingDefinition) throws(UsageError) -> (Texts, SettingSource)? {
        if let found = flagValues(definition) {
            // An empty flag hides the other sources, but not what others set for us: so did the original.
            if found.0.allSatisfy({ $0.0.isEmpty }), let fallback = fallback(definition) { return fallback }
            return found
        }
        if let (name, text) = try credential(definition) { return texts(text, .credential(name), definition) }
        if let name = definition.environment, let text = environment[name], !text.isEmpty {
            return texts(text, .environment(name), definition)
        }
        if let name = definition.environment, let file, let entry = file.entries[name], !entry.value.isEmpty {
            return texts(entry.value, .file(path: file.path, line: entry.line, name: name), definition)
        }
        if let fallback = fallback(definition) { return fallback }
        return definition.defaultValue.map { texts($0, .byDefault, definition) }
    }

    private func flagValues(_ definition: SettingDefinition) -> (Texts, SettingSource)? {
        guard let occurrences = flags.occurrences[definition.name], let last = occurrences.last else { return nil }
        let counted = definition.isRepeatable ? occurrences : [last]
        return (counted.map { ($0.value, .flag($0.flag)) }, .flag(last.flag))
    }

    /// A credential under the setting's name or an alias, without the newline at its end.
    private func credential(_ definition: SettingDefinition) throws(UsageError) -> (name: String, text: String)? {
        guard !credentials.isEmpty, definition.environment != nil, definition.recipients != .nobody else { return nil }
        for name in [definition.name] + definition.aliases {
            guard let bytes = try readBytes("\(credentials)/\(name)", readFile) else { continue }
            guard bytes.count <= EnvironmentFile.maximumSize, let text = String(validating: bytes, as: UTF8.self) else {
                throw .file("credential \(name): it is not UTF-8 text of at most \(EnvironmentFile.maximumSize) bytes")
            }
            let value = text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
            if !value.isEmpty { return (name, value) }
        }
        return nil
    }

    private func fallback(_ definition: SettingDefinition) -> (Texts, SettingSource)? {
        guard let fallback = definition.fallback else { return nil }
        let name = fallback.environment
        if let text = environment[name], !text.isEmpty {
            return texts(fallback.convert(text), .environment(name), definition)
        }
        if let file, let entry = file.entries[name], !entry.value.isEmpty {
            let source = SettingSource.file(path: file.path, line: entry.line, name: name)
            return texts(fallback.convert(entry.value), source, definition)
        }
        return nil
    }

    private func texts(_ text: String, _ source: SettingSource, _ definition: SettingDefinition) -> (
        Texts, SettingSource
    ) {
        guard definition.isRepeatable else { return ([(text, source)], source) }
        let lines = text.split(whereSeparator: \.isNewline).map { (String($0), source) }
        return (lines, source)
    }

    /// The items of a list, each once, without the white space around them and without empty ones.
    private func split(_ text: String) -> [String] {
        var seen: Set<String> = []
        return text.split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}
