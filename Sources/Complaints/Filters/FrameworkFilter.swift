/// Which frameworks' failures are reported: a match of the deny list is ignored, then a match of the allow list is
/// wanted, and an empty allow list wants all.
public struct FrameworkFilter: Sendable {
    private let allow: [Regexp]
    private let deny: [Regexp]

    /// - Parameters:
    ///   - allow: expressions of `-framework-whitelist`, matched anywhere in the framework's name.
    ///   - deny: expressions of `-framework-blacklist`.
    public init(allow: [String], deny: [String]) throws(FilterError) {
        self.allow = try Self.compile(allow, setting: "framework-whitelist")
        self.deny = try Self.compile(deny, setting: "framework-blacklist")
    }

    /// Whether failures of the framework of this name are to be reported.
    public func admits(_ framework: String) -> Bool {
        if deny.contains(where: { $0.matches(framework) }) { return false }
        return allow.isEmpty || allow.contains { $0.matches(framework) }
    }

    private static func compile(_ patterns: [String], setting: String) throws(FilterError) -> [Regexp] {
        var compiled: [Regexp] = []
        for pattern in patterns {
            do throws(RegexpError) {
                compiled.append(try Regexp(pattern))
            } catch {
                throw FilterError(setting: setting, pattern: pattern, reason: error)
            }
        }
        return compiled
    }
}

/// An expression of a framework list that is not one.
public struct FilterError: Error, Equatable, CustomStringConvertible {
    /// The setting it came with, e.g. `framework-whitelist`.
    public var setting: String
    public var pattern: String
    public var reason: RegexpError

    public var description: String {
        "\(setting): \"\(pattern.shortened(to: 80))\" is not a regular expression: \(reason)"
    }
}
