@testable import Complaints

/// What a configuration needs at least.
let needed = ["-masters=http://m:5050", "-uploader=noop", "-reporters=file"]

/// Resolves with files out of a dictionary.
func resolve(
    _ arguments: [String], command: String? = nil, environment: [String: String] = [:], files: [String: String] = [:],
    requiresAll: Bool = true
) throws(UsageError) -> Configuration {
    try Configuration.resolve(
        arguments: arguments, command: command, environment: environment, registry: .standard, requiresAll: requiresAll,
        readFile: { path in files[path].map { Array($0.utf8) } })
}

/// The error's line; "" when there was none.
func refusal(
    _ arguments: [String], environment: [String: String] = [:], files: [String: String] = [:]
) -> String {
    do throws(UsageError) {
        _ = try resolve(arguments, environment: environment, files: files)
        return ""
    } catch {
        return error.description
    }
}
