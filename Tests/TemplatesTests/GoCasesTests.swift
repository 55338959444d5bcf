import Foundation
import GoNotation
import Testing

@testable import Templates

/// Output and errors of Go's own text/template, strconv and time.
struct GoCasesTests {
    @Test func allCasesAreRead() {
        #expect(Support.cases.count == 409)
        #expect(Support.facts.count > 120)
    }

    @Test(arguments: Support.cases)
    func rendersLikeGo(_ test: GoCase) {
        let (output, error, _) = Support.render(test)
        #expect(String(goBytes: output[...]) == String(goBytes: test.expect.bytes[...]))
        #expect(output == test.expect.bytes)
        #expect((error == nil) == (test.expect.err == nil), "\(error ?? "no error")")
    }

    /// Operators look errors up by Go's words, so these are the same too, with line and column.
    @Test(arguments: Support.cases.filter { $0.expect.err != nil })
    func failsInGosWords(_ test: GoCase) {
        let (_, error, _) = Support.render(test)
        #expect(error == test.expect.err)
    }

    @Test(arguments: Support.facts)
    func knowsFactsAboutGo(_ test: GoCase) {
        let (output, error, _) = Support.render(test)
        #expect(output == test.expect.bytes, "\(String(goBytes: output[...]))")
        #expect(error == test.expect.err)
    }

    @Test func parseErrorsNameTheColumn() {
        for (text, description) in [
            ("ab\n{{ if }}", "template: n:2:7: missing value for if"),
            ("{{ nosuch }}", "template: n:1:4: function \"nosuch\" not defined"),
            ("{{", "template: n:1:3: unclosed action"),
        ] {
            #expect {
                try Template(name: "n", text)
            } throws: {
                "\($0)" == description
            }
        }
    }

    @Test func durations() throws {
        struct Line: Decodable {
            struct Expectation: Decodable {
                var ns: Int64
                var string: String
                var err: String?
            }
            var s: String?
            var ns: Int64?
            var expect: Expectation
        }
        let lines = try Support.lines(of: "durations.jsonl", as: Line.self)
        #expect(lines.count > 60)
        for line in lines {
            if let text = line.s {
                do throws(GoDurationError) {
                    let nanoseconds = try GoDuration.parse(text)
                    #expect(line.expect.err == nil, "\(text)")
                    #expect(nanoseconds == line.expect.ns, "\(text)")
                } catch {
                    #expect(error.description == line.expect.err)
                }
            }
            if line.expect.err == nil {
                #expect(GoDuration.format(nanoseconds: line.expect.ns) == line.expect.string)
            }
        }
    }

    @Test func bools() throws {
        struct Line: Decodable {
            struct Expectation: Decodable {
                var value: Bool
                var err: String?
            }
            var s: String
            var expect: Expectation
        }
        let lines = try Support.lines(of: "bools.jsonl", as: Line.self)
        #expect(lines.count > 15)
        for text in ["1", "t", "T", "TRUE", "true", "True"] { #expect(try GoBool.parse(text)) }
        for text in ["0", "f", "F", "FALSE", "false", "False"] { #expect(try !GoBool.parse(text)) }
        for text in ["", "yes", "on", "01", "tru"] {
            #expect(throws: GoBoolError(text: text)) { try GoBool.parse(text) }
        }
        for line in lines {
            do throws(GoBoolError) {
                let value = try GoBool.parse(line.s)
                #expect(line.expect.err == nil && value == line.expect.value, "\(line.s)")
            } catch {
                #expect(error.description == line.expect.err)
            }
        }
    }
}
