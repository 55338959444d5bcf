import Complaints

/// Turns the text of a field into what Jira takes for a field of its type.
///
/// https://developer.atlassian.com/server/jira/platform/jira-rest-api-examples/ shows the forms.
enum JiraFieldValue {
    /// Why a text does not fit a field, in words.
    struct Problem: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    /// - Parameter isCloud: users have an `accountId` there and a `name` elsewhere.
    static func value(_ text: String, for field: JiraField, isCloud: Bool) throws(Problem) -> JSONValue {
        guard field.schema.type == "array" else {
            return try single(text, type: field.schema.type, of: field, isCloud: isCloud)
        }
        let items = field.schema.items ?? "string"
        // Labels cannot hold white space, which Jira would refuse.
        let isLabels = items == "string" && (field.schema.system == "labels" || field.id == "labels")
        let parts = text.split { $0 == "," || isLabels && $0.isWhitespace }.map { trimmed($0) }.filter { !$0.isEmpty }
        var values: [JSONValue] = []
        for part in parts { values.append(try single(part, type: items, of: field, isCloud: isCloud)) }
        return .array(values)
    }

    private static func single(
        _ text: String, type: String, of field: JiraField, isCloud: Bool
    ) throws(Problem) -> JSONValue {
        let word = trimmed(text[...])
        switch type {
        case "string": return .string(text)
        case "number":
            guard let number = Double(word), number.isFinite else { throw problem(field, "not a number", word) }
            return .number(number)
        case "date": return .string(try date(word, field))
        case "datetime": return .string(try moment(word, field))
        case "option": return .object(["value": .string(try choice(word, field).name)])
        case "option-with-child": return try cascade(word, field)
        case "user": return .object([isCloud ? "accountId" : "name": .string(word)])
        case "project", "issuelink": return .object(["key": .string(word)])
        case "timetracking": return .object(["originalEstimate": .string(word)])
        case "priority", "version", "component", "resolution", "securitylevel", "group", "issuetype", "status":
            return .object(["name": .string(try choice(word, field).name)])
        // Add-ons have types of their own, most often with a text; a form with choices wants one of them.
        default:
            guard field.choices != nil else { return .string(text) }
            return .object(["value": .string(try choice(word, field).name)])
        }
    }

    /// One of what the form offers, as Jira writes it.
    private static func choice(_ word: String, _ field: JiraField) throws(Problem) -> JiraField.Choice {
        guard let choices = field.choices else { return JiraField.Choice(name: word) }
        guard
            let choice = choices.first(where: { $0.name == word })
                ?? choices.first(where: { $0.name.lowercased() == word.lowercased() })
        else {
            throw problem(field, "none of \(JiraForm.listed(choices.map(\.name)))", word)
        }
        return choice
    }

    /// `PARENT/CHILD`, or a parent alone.
    private static func cascade(_ word: String, _ field: JiraField) throws(Problem) -> JSONValue {
        if let whole = try? choice(word, field), field.choices != nil || !word.contains("/") {
            return .object(["value": .string(whole.name)])
        }
        let parts = word.split(separator: "/", maxSplits: 1).map { trimmed($0) }
        guard parts.count == 2 else { throw problem(field, "none of its choices", word) }
        let parent = try choice(parts[0], field)
        let child = parent.children.first { $0.lowercased() == parts[1].lowercased() }
        guard let child = parent.children.isEmpty ? parts[1] : child else {
            throw problem(field, "none of \(JiraForm.listed(parent.children)) below \"\(parent.name)\"", parts[1])
        }
        return .object(["value": .string(parent.name), "child": .object(["value": .string(child)])])
    }

    /// `2026-11-21`, of a date or of a moment as templates print it.
    private static func date(_ word: String, _ field: JiraField) throws(Problem) -> String {
        let day = word.prefix(10)
        guard Timestamp(rfc3339: "\(day)T00:00:00Z") != nil,
            word.dropFirst(10).first.map({ "T ".contains($0) }) != false
        else { throw problem(field, "not a date like 2026-11-21", word) }
        return String(day)
    }

    /// `2026-11-21T10:00:00.000+0000`, the only form Jira takes, of an RFC 3339 one.
    private static func moment(_ word: String, _ field: JiraField) throws(Problem) -> String {
        guard let moment = Timestamp(rfc3339: word) else {
            throw problem(field, "not a time like 2026-11-21T10:00:00Z", word)
        }
        return moment.rfc3339(digits: 3).dropLast() + "+0000"
    }

    private static func problem(_ field: JiraField, _ what: String, _ word: String) -> Problem {
        Problem(description: "the field \"\(field.name)\" is \"\(word.shortened(to: 60))\", which is \(what)")
    }

    static func trimmed(_ text: Substring) -> String {
        var rest = text
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
