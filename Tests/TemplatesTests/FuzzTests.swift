import GoNotation
import Testing

@testable import Templates

/// Whatever a template says, it is parsed and rendered, or refused.
struct FuzzTests {
    /// Always the same numbers.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var bits = state
            bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
            bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
            return bits ^ (bits >> 31)
        }
    }

    private static let words = [
        "{{", "}}", "{{-", " -}}", "if", "else", "end", "range", "with", "define", "template", "block", "break",
        "continue", "nil", "true", ".", ".x", ".failure", ".failure.Labels", ".failure.Started", "$", "$x", ":=", "=",
        ",", "|", "(", ")", "\"s\"", "`%5.2v %[1]*d`", "'c'", "1", "-1.5e3", "0x1p-2", "1+2i", "{{/*", "*/}}", " ",
        "\n",
        "eq", "lt", "and", "or", "print", "printf", "len", "index", "slice", "call", "html", "js", "urlquery", "config",
        "foo", "é", "日", "\"", "'", "`", "\\", "\u{a0}", ".Format", ".Sub", ".Add", ".Round", "9223372036854775807",
        "-9223372036854775808",
    ]

    private func run(_ bytes: [UInt8]) {
        guard let test = Support.cases.first,
            let template = try? Template(name: "f", bytes: bytes, functions: ["config"])
        else { return }
        let output = try? template.renderBytes(
            Support.data(test), functions: ["config": Support.config(test.labels)])
        #expect((output?.count ?? 0) <= Template.maximumOutput)
    }

    @Test(arguments: UInt64(1)...8)
    func wordSoup(_ seed: UInt64) {
        var generator = Generator(state: seed)
        for _ in 0..<500 {
            let count = Int.random(in: 1...40, using: &generator)
            var text = ""
            for _ in 0..<count {
                text += FuzzTests.words.randomElement(using: &generator) ?? ""
                if Bool.random(using: &generator) { text += " " }
            }
            run(Array(text.utf8))
        }
    }

    @Test(arguments: UInt64(1)...4)
    func randomBytes(_ seed: UInt64) {
        var generator = Generator(state: seed)
        for _ in 0..<500 {
            let count = Int.random(in: 0...60, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            run(Array("{{".utf8) + bytes + Array("}}".utf8))
            run(bytes)
        }
    }

    /// Every case of Go's, cut off everywhere or with one byte replaced.
    @Test func damagedTemplates() {
        var generator = Generator(state: 11)
        for test in Support.cases {
            var bytes = Array(test.template.utf8)
            guard !bytes.isEmpty else { continue }
            run(Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &generator))))
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            run(bytes)
        }
    }

    @Test(arguments: UInt64(1)...4)
    func randomFormats(_ seed: UInt64) {
        var generator = Generator(state: seed)
        let letters = Array("%%%[]*.+-# 0123456789vTdsqxXobcUeEfFgGtpwé".unicodeScalars)
        let arguments = "1 -2.5 \"s\" nil .failure .failure.Started .failure.Labels 1i true .config"
        for _ in 0..<400 {
            var format = ""
            for _ in 0..<Int.random(in: 1...20, using: &generator) {
                format.unicodeScalars.append(letters.randomElement(using: &generator) ?? "%")
            }
            run(Array("{{printf `\(format)` \(arguments)}}".utf8))
        }
    }

    @Test func randomDurations() {
        var generator = Generator(state: 5)
        let letters = Array("0123456789.+-hmsuµn ".unicodeScalars)
        for _ in 0..<5000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...30, using: &generator) {
                text.unicodeScalars.append(letters.randomElement(using: &generator) ?? "0")
            }
            guard let nanoseconds = try? GoDuration.parse(text) else { continue }
            let shown = GoDuration.format(nanoseconds: nanoseconds)
            #expect((try? GoDuration.parse(shown)) == nanoseconds, "\(text) → \(shown)")
        }
    }

    @Test func oneTemplateRendersConcurrently() async throws {
        let test = try #require(Support.cases.first { $0.id == 1 })
        let template = try Template(name: "c", test.template, functions: ["config"])
        let data = Support.data(test)
        let outputs = await withTaskGroup(of: [String?].self) { group in
            for _ in 0..<16 { group.addTask { (0..<100).map { _ in try? template.render(data) } } }
            return await group.reduce(into: [String?]()) { $0 += $1 }
        }
        #expect(outputs.count == 1600)
        #expect(outputs.allSatisfy { $0 == test.expect.out })
    }
}
