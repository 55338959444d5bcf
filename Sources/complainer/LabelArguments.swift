/// Labels as people give them on the command line: `-label KEY=VALUE`, as often as wanted.
enum LabelArguments {
    struct Invalid: Error, CustomStringConvertible {
        var pair: String
        var description: String { "-label: \"\(pair.prefix(60))\" is not KEY=VALUE" }
    }

    static func parse(_ pairs: [String]) throws(Invalid) -> [String: String] {
        var labels: [String: String] = [:]
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else { throw Invalid(pair: pair) }
            labels[parts[0]] = parts[1]
        }
        return labels
    }
}
