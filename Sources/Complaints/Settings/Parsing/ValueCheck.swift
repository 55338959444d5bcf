/// What is wrong with a value, and what to do. Repeats the value only where it cannot be secret.
struct ValueProblem: Equatable {
    var problem: String
    var remedy: String
}

extension SettingDefinition {
    /// What is wrong with a label's value for this setting, in one line without secrets; nil when nothing is.
    public func problem(withLabel value: String) -> String? {
        problem(with: value).map { "\($0.problem); \($0.remedy)" }
    }

    /// What is wrong with one value of this setting (one item, when the kind is a list); nil when nothing is.
    func problem(with value: String) -> ValueProblem? {
        let shown = isSecret ? "the value" : "\"\(value.shortened(to: 60))\""
        switch kind {
        case .string, .file, .directory, .template:
            // Go's templates and our logs are text; a zero ends a C string somewhere on the way.
            guard !value.unicodeScalars.contains("\0") else {
                return ValueProblem(problem: "the value has a zero byte in it", remedy: "take it out")
            }
            return nil
        case .bool:
            guard GoValues.bool(value) == nil else { return nil }
            return ValueProblem(problem: "\(shown) is not a boolean", remedy: "use true or false")
        case .duration(let least):
            return durationProblem(value, least: least, shown: shown)
        case .integer(let range):
            guard Int(value).map(range.contains) != true else { return nil }
            return ValueProblem(
                problem: "\(shown) is not a number from \(range.lowerBound) to \(range.upperBound)",
                remedy: "give a number in this range")
        case .word(let words), .words(let words):
            guard !words.contains(value) else { return nil }
            let remedy =
                Spelling.nearest(to: value, among: words).map { "did you mean \($0)?" }
                ?? "use \(NetworkAddress.listed(words))"
            return ValueProblem(problem: "\(shown) is not known", remedy: remedy)
        case .regexp:
            do throws(RegexpError) {
                _ = try Regexp(value)
                return nil
            } catch {
                return ValueProblem(
                    problem: "\(shown) is not a regular expression: \(error)",
                    remedy: "use RE2 syntax, which has no look-around and no back-references")
            }
        case .fields(let needed):
            return fieldsProblem(value, needed: needed)
        case .url(let schemes):
            return addressProblem("a URL like \(schemes.first ?? "https")://host/path") {
                () throws(NetworkAddress.Problem) in
                _ = try NetworkAddress(value, schemes: schemes)
            }
        case .masters:
            return addressProblem("masters like http://host:5050,http://host:5050") {
                () throws(NetworkAddress.Problem) in
                if value.hasPrefix("zk://") {
                    throw .init(description: "ZooKeeper is not asked for masters")
                }
                _ = try NetworkAddress(value, schemes: ["http", "https"], defaultScheme: "http")
            }
        case .listener:
            guard value != "off" else { return nil }
            return addressProblem("host:port, :port or off") { () throws(NetworkAddress.Problem) in
                guard try NetworkAddress.hostAndPort(value[...]).port != nil else {
                    throw .init(description: "there is no port")
                }
            }
        }
    }

    private func addressProblem(
        _ example: String, _ parse: () throws(NetworkAddress.Problem) -> Void
    ) -> ValueProblem? {
        do throws(NetworkAddress.Problem) {
            try parse()
            return nil
        } catch {
            return ValueProblem(problem: "\(error)", remedy: "give \(example)")
        }
    }

    private func durationProblem(_ value: String, least: Int64, shown: String) -> ValueProblem? {
        guard let nanoseconds = GoValues.duration(value) else {
            let remedy =
                value.hasSuffix("d")
                ? "days are not known, use hours: 168h is a week" : "use one like 1h30m, 5s or 250ms"
            return ValueProblem(problem: "\(shown) is not a duration", remedy: remedy)
        }
        guard nanoseconds < least else { return nil }
        let bound = least == 0 ? "0s" : "\(Duration.nanoseconds(least))"
        return ValueProblem(problem: "\(shown) is less than \(bound)", remedy: "use at least \(bound)")
    }

    private func fieldsProblem(_ value: String, needed: [String]) -> ValueProblem? {
        let (fields, problems) = FieldList.parse(value)
        if let problem = problems.first {
            return ValueProblem(problem: "\(problem)", remedy: "write key:value;key:value")
        }
        let missing = needed.filter { key in !fields.contains { $0.key == key && !$0.template.trimmed.isEmpty } }
        guard missing.isEmpty else {
            let names = missing.map { "\"\($0)\"" }.joined(separator: ", ")
            return ValueProblem(problem: "the fields lack \(names)", remedy: "add \(missing[0]):… to the list")
        }
        return nil
    }
}
