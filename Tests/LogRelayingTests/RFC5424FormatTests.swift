import Testing

@testable import LogRelaying

@Suite struct RFC5424FormatTests {
    @Test func aLineHasItsHeader() {
        let format = RFC5424Format(.test())
        #expect(
            format.render(Array("hello ä".utf8)) == [
                "<30>1 2026-11-21T10:00:00.123456Z host web 0123456789ab stdout - hello ä"
            ])
        #expect(
            format.render(Array("Error".utf8), LineOrigin(stream: .stderr, level: .error)) == [
                "<27>1 2026-11-21T10:00:00.123456Z host web 0123456789ab stderr - Error"
            ])
    }

    @Test func labelsAreStructuredData() {
        let format = RFC5424Format(
            .test(labels: [
                ("team", "web"), ("a=b]c\"d e", #"q"b\s]e"#), ("ä", "ü\u{FF}"),
                (String(repeating: "n", count: 40), ""),
            ]))
        #expect(
            format.render(Array("x".utf8)) == [
                "<30>1 2026-11-21T10:00:00.123456Z host web 0123456789ab stdout [labels@32473 team=\"web\" "
                    + #"a_b_c_d_e="q\"b\\s\]e" __="üÿ" "# + String(repeating: "n", count: 32) + "=\"\"] x"
            ])
    }

    @Test(arguments: [("", "-"), ("my host", "my_host"), ("höst", "h__st")])
    func namesAreVisibleASCII(name: String, expected: String) {
        let line = RFC5424Format(.test(hostname: name, application: name)).render([])[0]
        #expect(line == "<30>1 2026-11-21T10:00:00.123456Z \(expected) \(expected) 0123456789ab stdout - ")
    }

    @Test func whatDoesNotFitIsSplit() {
        let text = String(repeating: "€", count: 500)
        let parts = RFC5424Format(.test(maximum: 480)).render(Array(text.utf8))
        #expect(parts.allSatisfy { $0.utf8.count <= 480 && $0.hasPrefix("<30>1 ") })
        #expect(parts.map { $0.drop { $0 != "€" } }.joined() == text)
    }
}
