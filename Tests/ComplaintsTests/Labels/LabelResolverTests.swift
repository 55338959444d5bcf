import Testing

@testable import Complaints

@Suite struct LabelResolverTests {
    /// Absent, empty, or with a value of its own.
    enum Presence: CaseIterable { case absent, empty, present }

    /// Every combination of presence for so many labels.
    static func combinations(_ count: Int) -> [[Presence]] {
        (0..<count).reduce([[]]) { rows, _ in rows.flatMap { row in Presence.allCases.map { row + [$0] } } }
    }

    @Test(arguments: ["default", "staging"], ["default", "devs"])
    func valuesFollowTheFourRules(name: String, instance: String) {
        let full = [
            "complainer_\(name)_slack_instance_\(instance)_channel",
            "complainer_slack_instance_\(instance)_channel",
            "complainer_\(name)_slack_channel",
            "complainer_slack_channel",
        ]
        // Labels of others, which must never be taken.
        let strangers = [
            "complainer_other_slack_instance_\(instance)_channel": "other name",
            "complainer_\(name)_jira_instance_\(instance)_channel": "other reporter",
            "complainer_\(name)_slack_instance_other_channel": "other instance",
            "complainer_\(name)_slack_instance_\(instance)_username": "other key",
        ]
        let resolver = LabelResolver(name: name, isDefault: true)
        for combination in Self.combinations(4) {
            var labels = strangers
            for (label, presence) in zip(full, combination) where presence != .absent {
                labels[label] = presence == .empty ? "" : "value of \(label)"
            }
            let rules = [
                (full[0], true),
                (full[1], name == "default"),
                (full[2], instance == "default"),
                (full[3], name == "default" && instance == "default"),
            ]
            let expected = rules.first { $1 && labels[$0, default: ""] != "" }.flatMap { labels[$0.0] }
            let value = resolver.value("channel", reporter: "slack", instance: instance, labels: labels)
            #expect(value == expected, "\(combination)")
        }
    }

    @Test(arguments: ["default", "staging"], [true, false])
    func instancesComeFromTheFirstLabelThatIsThere(name: String, isDefault: Bool) {
        let own = "complainer_\(name)_slack_instances"
        let short = "complainer_slack_instances"
        for combination in Self.combinations(2) {
            var labels = ["complainer_other_slack_instances": "x", "complainer_\(name)_jira_instances": "y"]
            if combination[0] != .absent { labels[own] = combination[0] == .empty ? "" : "a,b" }
            if combination[1] != .absent { labels[short] = combination[1] == .empty ? "" : "c" }
            let expected: [String] =
                switch (combination[0], combination[1], name == "default") {
                case (.present, _, _): ["a", "b"]
                case (.empty, _, _): []
                case (.absent, .present, true): ["c"]
                case (.absent, .empty, true): []
                case (.absent, _, _): isDefault ? ["default"] : []
                }
            let resolver = LabelResolver(name: name, isDefault: isDefault)
            #expect(resolver.instances(reporter: "slack", labels: labels) == expected, "\(combination)")
        }
    }

    @Test func instancesAreTrimmedAndEachIsThereOnce() {
        let resolver = LabelResolver(name: "default", isDefault: true)
        func instances(_ list: String) -> [String] {
            resolver.instances(reporter: "slack", labels: ["complainer_slack_instances": list])
        }
        #expect(instances(" b , a,b,,a ,\tc") == ["b", "a", "c"])
        #expect(instances("  ").isEmpty)
        #expect(instances(",,").isEmpty)
        #expect(instances("default, default") == ["default"])
    }

    @Test func aTaskWithoutLabelsHasTheDefaultInstance() {
        #expect(LabelResolver(name: "x", isDefault: true).instances(reporter: "file", labels: [:]) == ["default"])
        #expect(LabelResolver(name: "x", isDefault: false).instances(reporter: "file", labels: [:]).isEmpty)
        let resolver = LabelResolver(name: "default", isDefault: true)
        #expect(resolver.value("format", reporter: "file", instance: "default", labels: [:]) == nil)
    }
}
