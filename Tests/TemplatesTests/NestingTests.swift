import Foundation
import Testing

@testable import Templates

/// Depth, length and growth: nothing a template says may overflow the stack, fill the memory or take for ever.
struct NestingTests {
    private func parseError(_ text: String) -> TemplateParseError? {
        do throws(TemplateParseError) {
            _ = try Template(name: "t", text, functions: ["config"])
            return nil
        } catch {
            return error
        }
    }

    private func result(_ text: String, _ data: Value = .nil) throws -> (output: String, error: String?) {
        let template = try Template(name: "t", text)
        do throws(TemplateExecutionError) {
            // What these tests are about ends by itself, also in a debug build.
            return (try template.render(data, budget: RenderingBudget(.seconds(300))), nil)
        } catch {
            return (error.output, error.message)
        }
    }

    private func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    @Test(arguments: ["(", "{{if true}}", "{{with 1}}", "{{range .}}", "{{block \"x\" .}}"])
    func deepNestingIsRefused(_ piece: String) {
        let text = piece == "(" ? "{{" + repeated("(", 100_000) : repeated(piece, 100_000)
        #expect(parseError(text)?.message.contains("nested deeper than") == true)
    }

    @Test func closedNestingIsRefusedToo() {
        #expect(parseError("{{" + repeated("(", 100_000) + "1" + repeated(")", 100_000) + "}}") != nil)
        #expect(parseError(repeated("{{if true}}", 100_000) + repeated("{{end}}", 100_000)) != nil)
    }

    @Test func endlessElseIfIsRefused() {
        #expect(parseError("{{if 0}}" + repeated("{{else if 0}}", 100_000))?.message == "more than 1000 times else if")
    }

    /// The deepest that is allowed must leave a caller room, also unoptimized.
    @Test func allowedNestingFitsIntoHalfOfAnOrdinaryStack() async {
        let depth = Parser.maximumNesting
        let texts = [
            "{{" + repeated("(", depth) + "1" + repeated(")", depth) + "}}",
            "{{" + repeated("(print ", depth) + "1" + repeated(")", depth) + "}}",
            repeated("{{if true}}", depth) + "1" + repeated("{{end}}", depth),
            "{{if 0}}" + repeated("{{else if 0}}", Parser.maximumChain - 1) + "{{else}}1{{end}}",
            "{{" + repeated("((.).x", depth / 2) + repeated(").x", depth / 2) + "}}",
        ]
        let outputs: [String] = await withCheckedContinuation { continuation in
            let thread = Thread {
                continuation.resume(
                    returning: texts.map { text in (try? Template(name: "t", text).render("x")) ?? "failed" })
            }
            thread.stackSize = 4 << 20
            thread.start()
        }
        #expect(outputs.prefix(4) == ["1", "1", "1", "1"])
    }

    @Test func longPipelinesAndListsAreFine() throws {
        #expect(try result("{{1" + repeated(" | print", 10_000) + "}}").output == "1")
        #expect(try result("{{print " + repeated("1 ", 10_000) + "}}").output.utf8.count == 19_999)
        #expect(try result(repeated("{{1}}", 20_000)).output.utf8.count == 20_000)
        #expect(try result("{{.x" + repeated(".x", 10_000) + "}}", .map(["y": "z"])).output == "<no value>")
    }

    @Test func recursionEndsAsInGo() throws {
        let (output, error) = try result("{{define \"a\"}}x{{template \"a\"}}{{end}}{{template \"a\"}}")
        #expect(output == repeated("x", 100_000))
        #expect(error == "exceeded maximum template depth (100000)")
        // Recursion that ends by itself.
        let count =
            "{{define \"c\"}}{{if .}}{{len .}} {{template \"c\" (slice . 1)}}{{end}}{{end}}{{template \"c\" \"abc\"}}"
        #expect(try result(count).output == "3 2 1 ")
    }

    @Test func exponentialRecursionEnds() throws {
        let fork = "{{define \"a\"}}{{if .}}{{template \"a\" (slice . 1)}}{{template \"a\" (slice . 1)}}{{end}}{{end}}"
        let (_, error) = try result(fork + "{{template \"a\" \"\(repeated("x", 60))\"}}")
        #expect(error?.contains("steps") == true)
    }

    @Test func outputIsLimited() throws {
        let line = repeated("x", 1000)
        let rows = Value.strings(Array(repeating: line, count: 1100))
        let (output, error) = try result("{{range .}}{{.}}{{end}}", rows)
        #expect(error == "output exceeds 1048576 bytes")
        #expect(output.utf8.count == 1_048_000)
        #expect(try result("{{printf \"%1000000d%1000000d\" 1 2}}").error?.contains("exceeds") == true)
        #expect(try result("{{printf \"%.1000000f\" 1.0}}").output.utf8.count == 1_000_002)
    }

    @Test func functionsCannotFillTheMemory() throws {
        let many = repeated("{{$x := printf \"%1000000d\" 1}}", 2000)
        #expect(try result(many).error?.contains("functions made more than") == true)
        let doubling = "{{$x := \"ab\"}}" + repeated("{{$x = print $x $x}}", 100)
        #expect(try result(doubling).error != nil)
        let comparing = "{{$x := printf \"%1000000d\" 1}}{{$y := print $x \"\"}}" + repeated("{{$z := eq $x $y}}", 5000)
        #expect(try result(comparing).error?.contains("functions made more than") == true)
    }
}
