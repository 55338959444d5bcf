/// The notation `key:template;key:template` of `jira.fields`.
///
/// A value may hold `:`, and `;` inside of `{{ }}`; white space around a key does not count.
public enum FieldList {
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    /// The fields in order, and what is wrong with the rest.
    public static func parse(_ text: String) -> (fields: [(key: String, template: String)], problems: [Problem]) {
        var fields: [(key: String, template: String)] = []
        var problems: [Problem] = []
        for (index, part) in split(text).enumerated() where !part.trimmed.isEmpty {
            guard let colon = part.firstIndex(of: ":") else {
                problems.append(Problem(description: "part \(index + 1) has no \":\""))
                continue
            }
            let key = String(part[..<colon]).trimmed
            if key.isEmpty {
                problems.append(Problem(description: "part \(index + 1) has no key before \":\""))
            } else if fields.contains(where: { $0.key == key }) {
                problems.append(Problem(description: "\"\(key.shortened(to: 40))\" is there twice"))
            } else {
                fields.append((key, String(part[part.index(after: colon)...])))
            }
        }
        return (fields, problems)
    }

    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var depth = 0
        var last: Character = " "
        for character in text {
            if character == "{", last == "{" { depth = 1 }
            if character == "}", last == "}" { depth = 0 }
            if character == ";", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
            last = character
        }
        return parts
    }
}
