import Testing

@testable import SidecarClient

@Suite struct JSONWalkTests {
    /// Everything met, as text.
    private func walk(_ text: String, chunks size: Int = .max) throws -> [String] {
        var walk = JSONWalk()
        var met: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: min(size, bytes.count)) {
            try walk.feed(bytes[start..<min(bytes.count, start &+ min(size, bytes.count))]) {
                path, event throws(JSONWalk.Failure) in
                met.append("\(path.map { $0 ?? "[]" }.joined(separator: "/")): \(event)")
            }
        }
        guard walk.isComplete else { throw JSONWalk.Failure() }
        return met
    }

    @Test func everythingIsMetHoweverItIsChopped() throws {
        let text =
            #"{"a" : [1, -2.5e3,{"b":null}, [], {}], "c\"\\\u00e4\ud83d\ude00": "x\/y" ,"t":true,"f":false,"":""} "#
        for size in 1...text.utf8.count {
            #expect(
                try walk(text, chunks: size) == [
                    ": object", "a: array", #"a/[]: number("1")"#, #"a/[]: number("-2.5e3")"#, "a/[]: object",
                    "a/[]/b: null", "a/[]: array", "a/[]: object", #"c"\ä😀: string("x/y")"#, "t: bool(true)",
                    "f: bool(false)", #": string("")"#,
                ])
        }
    }

    @Test(arguments: [
        "{", "[", "[1", "[1,]", "[,1]", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{1:2}"#, "[1}", #"{"a":1]"#, "}",
        "[1 2]", #"["a" "b"]"#, "[tru]", "[nulll]", "[nan]", "[+1]", "[.5]", "[1.]", "[--1]", "[0x1]", "[inf]", "{}{}",
        "[]]", "[\"\n\"]", #"["a]"#, "1", "<html>", "\u{FEFF}{}",
    ])
    func whatIsNoJSONIsNone(text: String) {
        #expect(throws: JSONWalk.Failure.self) { try walk(text) }
    }

    @Test func aBackslashAtTheEndDoesNotKeepTheTextOpen() throws {
        #expect(try walk(#"["a\\","b\\\""]"#) == [": array", #"[]: string("a\\")"#, #"[]: string("b\\\"")"#])
    }

    @Test func depthAndLengthHaveLimits() throws {
        #expect(throws: JSONWalk.Failure.self) { try walk(String(repeating: "[", count: 300)) }
        #expect(throws: JSONWalk.Failure.self) { try walk("[" + String(repeating: "1", count: 100) + "]") }
        let long = try walk("[\"" + String(repeating: "x", count: 1 << 20) + "\", 1]")
        #expect(long.count == 3 && long[1].utf8.count < 5000)
    }
}
