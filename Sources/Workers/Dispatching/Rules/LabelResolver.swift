/// Which instances of a reporter a task is configured for, by its labels.
struct LabelResolver: Sendable {
    private let name: String
    private let isDefault: Bool

    init(name: String, isDefault: Bool) {
        self.name = name
        self.isDefault = isDefault
    }

    func instances(reporter: String, labels: [String: String]) -> [String] {
        let names =
            ["complainer_\(name)_\(reporter)_instances"]
            + (name == "default" ? ["complainer_\(reporter)_instances"] : [])
        for label in names {
            guard let value = labels[label] else { continue }
            return value.split(separator: ",").map(String.init)
        }
        return isDefault ? ["default"] : []
    }
}
