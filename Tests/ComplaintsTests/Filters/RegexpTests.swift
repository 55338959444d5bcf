import FoundationEssentials
import Testing

@testable import Complaints

/// What Go's package regexp does with a pattern and a text.
struct RegexpCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Expectation: Decodable, Sendable {
        var match: Bool
        var err: String?
    }

    var id: Int
    var pattern: String
    var text: String
    var expect: Expectation

    var testDescription: String { "\(id): \(pattern)" }
}

@Suite struct RegexpTests {
    @Test("Agrees with Go", arguments: try Support.lines(of: "templates/regexps.jsonl", as: RegexpCase.self))
    func agrees(with example: RegexpCase) {
        do throws(RegexpError) {
            let regexp = try Regexp(example.pattern)
            #expect(example.expect.err == nil, "accepted what Go refuses")
            #expect(regexp.matches(example.text) == example.expect.match)
            #expect(regexp.matches(bytes: Array(example.text.utf8)) == example.expect.match)
        } catch {
            #expect(example.expect.err != nil, "refused: \(error)")
            #expect(!error.description.isEmpty && !error.description.contains("\n"))
        }
    }

    @Test func everyByteThatIsNotUTF8IsOneCharacter() throws {
        #expect(try Regexp("^.$").matches(bytes: [0xFF]))
        #expect(try Regexp("^..$").matches(bytes: [0xE2, 0x82]))
        #expect(try Regexp("^a.b$").matches(bytes: [0x61, 0xC0, 0x62]))
        #expect(try !Regexp("^.$").matches(bytes: [0xED, 0xA0, 0x80]))
        #expect(try Regexp("^\u{FFFD}$").matches(bytes: [0x80]))
        #expect(try Regexp("^.$").matches(bytes: Array("🚀".utf8)))
    }

    @Test func theWrongPartIsPointedAt() {
        #expect(throws: RegexpError.self) { try Regexp("ok|ähm(?=x)") }
        do throws(RegexpError) {
            _ = try Regexp("ok|ähm(?=x)")
        } catch {
            #expect(error.position == 7)
            #expect(error.description.hasSuffix("(at character 7)"))
        }
    }

    @Test(arguments: [#"\C"#, #"a\Cb"#])
    func aSingleByteIsRefusedLikeGoDoes(pattern: String) {
        #expect(throws: RegexpError.self) { try Regexp(pattern) }
    }

    @Test(arguments: [#"\\C"#, #"\Q\C\E"#, #"[\\]C"#])
    func aBackslashBeforeAPlainLetterIsNotASingleByte(pattern: String) throws {
        #expect(try Regexp(pattern).matches(#"\C"#))
    }

    @Test func aNameUsedTwiceInsideAClassIsNoName() throws {
        #expect(try Regexp("(?P<n>a)[(?P<n>](?P<n>b)").matches("a?b"))
        #expect(try Regexp("(?P<n>a)[](?P<n>[:alpha:]](?P<n>b)").matches("azb"))
    }

    @Test func hugeExpressionsAreRefusedNotCompiled() {
        #expect(throws: RegexpError.self) { try Regexp("((((x{1000}){1000}){1000}){1000})") }
        #expect(throws: RegexpError.self) { try Regexp(String(repeating: "(", count: 1_000_000)) }
        #expect(throws: RegexpError.self) { try Regexp(String(repeating: #"\pL{1,100}"#, count: 2000)) }
    }

    @Test func manyTasksMayShareOne() async throws {
        let regexp = try Regexp("(a|b)*c$")
        let text = String(repeating: "ab", count: 500) + "c"
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 { group.addTask { regexp.matches(text) } }
            for await matched in group { #expect(matched) }
        }
    }
}
