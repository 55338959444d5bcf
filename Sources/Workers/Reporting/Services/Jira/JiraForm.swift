/// The form of one type of issue in a project, out of Jira's create metadata.
struct JiraForm: Sendable, Equatable {
    var project: String
    /// As Jira writes its name.
    var issueType: String
    var fields: [JiraField]

    /// The field that is called so, or has this id; case does not matter.
    func field(_ name: String) -> JiraField? {
        let name = name.lowercased()
        return fields.first { $0.name.lowercased() == name } ?? fields.first { $0.id.lowercased() == name }
    }

    /// What Jira fills in by itself, or what is always given.
    private static let given = ["project", "issuetype", "reporter"]

    /// What is wrong with filling in these fields and no others; nil when nothing is.
    func problem(with names: [String]) -> String? {
        let form = "the form of \"\(issueType)\" in the project \(project)"
        let unknown = names.filter { field($0) == nil }
        guard unknown.isEmpty else {
            return "there is no field \(Self.listed(unknown)) in \(form), which has \(Self.listed(fields.map(\.name)))"
        }
        let filled = Set(names.compactMap { field($0)?.id })
        let missing = fields.filter {
            $0.isRequired && !$0.hasDefault && !filled.contains($0.id) && !Self.given.contains($0.id)
        }
        guard missing.isEmpty else { return "\(form) wants \(Self.listed(missing.map(\.name))): add it to jira.fields" }
        return nil
    }

    static func listed(_ names: [String]) -> String {
        names.prefix(40).map { "\"\($0.shortened(to: 60))\"" }.joined(separator: ", ")
            + (names.count > 40 ? " and \(names.count - 40) more" : "")
    }
}

/// A field of a form.
struct JiraField: Sendable, Equatable {
    struct Schema: Decodable, Sendable, Equatable {
        var type: String
        /// Of an array.
        var items: String?
        var system: String?
    }

    /// What may be chosen, by what people read.
    struct Choice: Sendable, Equatable {
        var name: String
        /// Of a list with a second one that depends on it.
        var children: [String] = []
    }

    /// `summary`, `customfield_10010`.
    var id: String
    var name: String
    var isRequired = false
    var hasDefault = false
    var schema: Schema
    /// nil when anything goes.
    var choices: [Choice]?
}

extension JiraField: Decodable {
    private enum CodingKeys: String, CodingKey {
        case name, required, hasDefaultValue, schema, allowedValues
        case id = "fieldId"
        case key
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        // Old metadata has the id outside.
        id =
            try fields.decodeIfPresent(String.self, forKey: .id) ?? fields.decodeIfPresent(String.self, forKey: .key)
            ?? ""
        name = try fields.decodeIfPresent(String.self, forKey: .name) ?? id
        isRequired = try fields.decodeIfPresent(Bool.self, forKey: .required) ?? false
        hasDefault = try fields.decodeIfPresent(Bool.self, forKey: .hasDefaultValue) ?? false
        schema = (try? fields.decode(Schema.self, forKey: .schema)) ?? Schema(type: "any")
        let allowed = try? fields.decodeIfPresent([JSONValue].self, forKey: .allowedValues)
        let choices = allowed?.compactMap { Choice($0) }
        self.choices = choices?.isEmpty == false ? choices : nil
    }
}

extension JiraField.Choice {
    /// Options have a value, everything else has a name, and sub-tasks' parents a key.
    init?(_ value: JSONValue) {
        guard let name = value.text("value") ?? value.text("name") ?? value.text("key") else { return nil }
        self.name = name
        if case .object(let fields) = value, case .array(let children) = fields["children"] {
            self.children = children.compactMap { $0.text("value") }
        }
    }
}
