import Testing

@testable import Templates

/// A template ends within its budget, whatever it does. Each of these would go on for minutes.
@Suite struct BudgetTests {
    private static let labels = Value.map(
        Dictionary(uniqueKeysWithValues: (0..<1500).map { ("label\($0)", "value \($0)") }))
    private static let data = Value.map(["Labels": labels, "text": .string(String(repeating: "x", count: 60_000))])

    private static func nested(_ body: String, in labels: String = "$.Labels", times: Int = 4) -> String {
        String(repeating: "{{range \(labels)}}", count: times) + body + String(repeating: "{{end}}", count: times)
    }

    static let templates = [
        // Loops without a body.
        nested(""),
        nested("{{break}}", times: 5) + nested("{{continue}}"),
        // Arguments that are looked at one after the other.
        nested("{{or " + String(repeating: "false ", count: 1000) + "}}", times: 3),
        nested("{{and " + String(repeating: "true ", count: 1000) + "}}", times: 3),
        nested("{{eq 1 " + String(repeating: "2 ", count: 1000) + "}}", times: 3),
        nested("{{print " + String(repeating: "1 ", count: 1000) + "}}", times: 3),
        // Variables that are looked past.
        "{{$a := 1}}" + (0..<1000).map { "{{$v\($0) := 1}}" }.joined() + nested("{{$a}}", times: 3),
        "{{$a := 1}}" + (0..<1000).map { "{{$v\($0) := 1}}" }.joined() + nested("{{$a = 2}}", times: 3),
        // Long texts that are compared, escaped, measured and printed.
        nested("{{if eq $.text $.text}}{{end}}", times: 3),
        nested("{{if lt $.text $.text}}{{end}}", times: 3),
        nested("{{$x := html $.text}}", times: 3),
        nested("{{$x := printf \"%60000d\" 1}}", times: 3),
        nested("{{$x := printf \"%v\" $.Labels}}", times: 3),
        // Recursion with many turns each.
        "{{define \"a\"}}{{range .Labels}}{{template \"a\" $}}{{end}}{{end}}{{template \"a\" .}}",
        "{{define \"a\"}}{{range .Labels}}{{end}}{{template \"a\" $}}{{end}}{{template \"a\" .}}",
        // Look-ups in a large map, and in a chain.
        nested("{{index $.Labels \"label7\"}}", times: 3),
        nested("{{len (index $.Labels \"label7\" | print | html | urlquery | js)}}", times: 3),
    ]

    @Test(.timeLimit(.minutes(2)), arguments: templates.indices)
    func endsWithinItsBudget(index: Int) throws {
        let template = try Template(name: "t", Self.templates[index])
        let error = #expect(throws: TemplateExecutionError.self) {
            try template.render(Self.data, budget: RenderingBudget(.milliseconds(20)))
        }
        #expect(error?.isOverBudget == true, "\(error?.message ?? "")")
    }

    @Test func ordinaryTemplatesHaveBudgetToSpare() throws {
        let template = try Template(
            name: "t", "{{range $k, $v := .Labels}}{{if eq $k \"label7\"}}{{printf \"%s=%s\" $k $v}}{{end}}{{end}}")
        #expect(try template.render(Self.data, budget: RenderingBudget(.seconds(60))) == "label7=value 7")
    }

    @Test func theBudgetIsTheThreadsOwnTime() throws {
        let template = try Template(name: "t", Self.nested(""))
        let error = #expect(throws: TemplateExecutionError.self) {
            try template.render(Self.data, budget: RenderingBudget(.milliseconds(1)))
        }
        #expect(error?.message == "more than 0.001 seconds of CPU time")
    }

    @Test func mapsKeepTheLastOfTwoAndSortByBytes() {
        let map = GoMap([("b", .int(1)), ("a", .int(2)), ("b", .int(3)), ("ä", .int(4)), ("B", .int(5))])
        #expect(map.entries.map(\.key) == ["B", "a", "b", "ä"])
        #expect(map["b"]?.type != nil && "\(map["b"] ?? .nil)" == "\(Value.int(3))")
    }
}
