import Testing

@testable import Templates

/// What callers give to a template: functions, structs, strings.
struct ValueTests {
    /// Functions of the caller's come before the built-in ones, and one that is announced may still be missing.
    @Test func customFunctions() throws {
        let template = try Template(name: "f", "{{ len 1 }} {{ twice \"a\" \"b\" }}", functions: ["len", "twice"])
        let functions: [String: Value.Function] = [
            "len": Value.Function(type: "func(int) int", parameters: [.int]) { _ in .int(42) },
            "twice": Value.Function(type: "func(...string) string", parameters: [.string], isVariadic: true) {
                .string($0.map { if case .string(let text) = $0 { text.description } else { "?" } }.joined())
            },
        ]
        #expect(try template.render(.nil, functions: functions) == "42 ab")
        #expect {
            try template.render(.nil)
        } throws: {
            "\($0)".hasSuffix("at <len>: \"len\" is not a defined function")
        }
        let failing = Value.Function(type: "func() string", parameters: []) { (_) throws(FunctionError) in
            throw FunctionError("no luck")
        }
        #expect {
            try Template(name: "f", "x{{ try }}", functions: ["try"]).render(.nil, functions: ["try": failing])
        } throws: {
            "\($0)" == "template: f:1:4: executing \"f\" at <try>: error calling try: no luck"
        }
    }

    @Test func structsWithoutStringPrintTheirFields() throws {
        let inner = GoObject(type: "app.Inner", fields: [("N", .int(1)), ("S", "a b")])
        let pointer = GoObject(
            type: "app.Outer", isPointer: true,
            fields: [
                ("Inner", .object(inner)), ("Code", .nilPointer(.pointer(.int))), ("Tags", .strings(["x", "y"])),
            ],
            methods: ["Double": Value.Function(type: "func(int) int", parameters: [.int]) { .int((number($0[0])) * 2) }]
        )
        func render(_ text: String) throws -> String {
            try Template(name: "o", text).render(.map(["o": .object(pointer), "e": .error("broken")]))
        }
        #expect(try render("{{ .o }}") == "&{{1 a b} <nil> [x y]}")
        #expect(try render("{{ printf \"%+v\" .o }}") == "&{Inner:{N:1 S:a b} Code:<nil> Tags:[x y]}")
        let expected =
            "&app.Outer{Inner:app.Inner{N:1, S:\"a b\"}, Code:(*int)(nil), Tags:[]string{\"x\", \"y\"}}"
        #expect(try render("{{ printf \"%#v\" .o }}") == expected)
        #expect(try render("{{ printf \"%T\" .o }} {{ .o.Double 4 }} {{ .o.Inner.S }}") == "*app.Outer 8 a b")
        #expect(try render("{{ range .o.Tags }}{{ . }}{{ end }} {{ eq .o .o }} {{ .o.Code }}") == "xy true <no value>")
        #expect(try render("{{ .e }} {{ .e.Error | len }} {{ printf \"%q\" .e }}") == "broken 6 \"broken\"")

        @Sendable func number(_ value: Value) -> Int64 { if case .signed(let number, _) = value { number } else { 0 } }
    }

    /// Differently composed characters are different to Go.
    @Test func stringsAreBytes() throws {
        let template = try Template(name: "s", "{{ eq .a .b }} {{ len .a }} {{ len .b }}")
        #expect(try template.render(.map(["a": "\u{E9}", "b": "e\u{301}"])) == "false 2 3")
    }
}
