import Testing

@testable import MesosClient

@Suite struct DocumentScannerTests {
    enum Label { case item, box, name }

    private let plan = ScanPlan<Label>(
        .object([
            ("name", .value(.name)),
            ("boxes", .array(of: .object([("name", .value(.name)), ("items", .array(of: .value(.item)))], .box))),
        ]))

    private let document = """
        { "other": [1, {"boxes": [{"name": "not this one"}]}, "]}"], "boxes": [
          {"items": [ {"a": 1, "b": [true, null, {}]}, "te\\"xt", -2.5e3, [], {} ], "name": "first"},
          {"name": "sec\\u00f6nd", "items": [], "more": {"deep": [[[{}]]]} }, 7, null, "no box"
        ], "name": "\\ud83d\\ude00 \\n \\\\", "end": false }
        """
    private let expected = [
        "<box", "item={a:1.0,b:[t,n,{}]}", "item='te\"xt'", "item=-2500.0", "item=[]", "item={}", "name='first'",
        "box>", "<box", "name='secönd'", "box>", "name='😀 \n \\'",
    ]

    @Test(arguments: [2, 3, 5, 16, 31, 64, 1000], [1, 2, 7, 64, 5000])
    func findingsDoNotDependOnWindowsAndChunks(window: Int, chunk: Int) throws {
        #expect(try scan(document.utf8, plan, window: window, chunk: chunk) == expected)
    }

    @Test(arguments: [2, 16, 1000])
    func aDocumentThatIsCutIsAnErrorWhereverItIsCut(window: Int) throws {
        let bytes = Array(document.utf8)
        for length in 0..<bytes.count {
            #expect(throws: ScanError.self) { try scan(bytes.prefix(length), plan, window: window) }
        }
    }

    @Test func aDocumentThatIsOneStringMayBeCutToo() throws {
        let text = #""text \" and \\""#
        for length in 1..<text.utf8.count {
            #expect(throws: ScanError.self) { try scan(text.utf8.prefix(length), plan, window: 8) }
        }
        #expect(try scan(text.utf8, plan, window: 8).isEmpty)
    }

    @Test(arguments: ["", "   ", "null", "[]", "7", "\"text\"", "{}", " {} \n"])
    func whatIsThereButUnknownIsNoError(text: String) throws {
        if text.allSatisfy(\.isWhitespace) {
            #expect(throws: ScanError.truncated(text.utf8.count)) { try scan(text.utf8, plan) }
        } else {
            #expect(try scan(text.utf8, plan).isEmpty)
        }
    }

    @Test(arguments: [
        "}", "]", ",", ":", "{]", "{,}", "{\"boxes\":}", "{\"boxes\" 1}", "{\"boxes\":[}", "{\"boxes\":[1 2]}",
        "{1:2}", "{\"name\":\"a\" \"b\":1}", "{\"boxes\":[{},]", "{\"name\":,}",
    ])
    func whatIsNotJSONIsAnError(text: String) {
        #expect(throws: ScanError.self) { try scan(text.utf8, plan, window: 8) }
        #expect(throws: ScanError.self) { try scan(text.utf8, plan, window: 1000) }
    }

    @Test func otherTypesThanExpectedAreSkipped() throws {
        let text =
            #"{"boxes": {"items": [1]}, "boxes": 5, "boxes": [[{"items": [2]}], {"items": {"a": 3}}], "name": [4]}"#
        #expect(try scan(text.utf8, plan) == ["<box", "box>", "name=[4.0]"])
    }

    @Test func repeatedMembersAreAllRead() throws {
        let text = #"{"name": "a", "boxes": [{"items": [1], "items": [2]}], "name": "b", "boxes": [{}]}"#
        #expect(
            try scan(text.utf8, plan) == [
                "name='a'", "<box", "item=1.0", "item=2.0", "box>", "name='b'", "<box", "box>",
            ])
    }

    @Test(arguments: [16, 1 << 20])
    func aDepthBombIsSkipped(window: Int) throws {
        let depth = 300_000
        let bomb = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        let open = String(repeating: "{\"a\":", count: 10_000) + "1" + String(repeating: "}", count: 10_000)
        let text = "{\"x\": \(bomb), \"y\": \(open), \"name\": \"here\"}"
        #expect(try scan(text.utf8, plan, window: window, chunk: 4096) == ["name='here'"])
    }

    @Test func aDepthBombAsAValueIsHandedOnWithoutHarm() throws {
        let depth = 100_000
        let bomb = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        var scanner = try DocumentScanner(plan)
        var length = 0
        try Array("{\"name\": \(bomb)}".utf8).withUnsafeBytes { bytes in
            try scanner.feed(bytes) { _ in }
            try scanner.finish { if case .value(_, let element) = $0 { length = element.length } }
        }
        #expect(length == 2 * depth)
    }

    @Test func invalidUTF8IsRepairedAndDoesNotStopTheRest() throws {
        var text = Array(#"{"name": "a"#.utf8)
        text += [0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80]
        text += Array(#"z", "boxes": [{"items": [1]}]}"#.utf8)
        let found = try scan(text, plan, window: 13)
        #expect(found.count == 4)
        #expect(found[0].hasPrefix("name='a\u{FFFD}"))
        #expect(found[0].hasSuffix("z'"))
        #expect(Array(found[1...]) == ["<box", "item=1.0", "box>"])
    }

    @Test func controlCharactersInStringsDoNotStopTheRest() throws {
        let text = "{\"name\": \"a\u{1}\n\u{0}b\", \"boxes\": [{\"items\": [1]}]}"
        #expect(try scan(text.utf8, plan, window: 400) == ["name='a   b'", "<box", "item=1.0", "box>"])
    }

    @Test func loneSurrogatesAndStrangeEscapesAreKept() throws {
        let text = #"{"name": "\ud83d x \udc00 \u12 \q \/"}"#
        #expect(try scan(text.utf8, plan) == ["name='\u{FFFD} x \u{FFFD} \\u12 \\q /'"])
    }

    @Test func hugeNumbersAreInfinite() throws {
        let digits = String(repeating: "9", count: 500)
        let text = "{\"boxes\": [{\"items\": [1e999, -1e999, \(digits), 1e-999]}]}"
        #expect(
            try scan(text.utf8, plan) == ["<box", "item=inf", "item=-inf", "item=inf", "item=0.0", "box>"])
    }

    @Test func aValueThatIsTooLongIsSkipped() throws {
        let long = "{\"a\": [" + Array(repeating: "1", count: 5000).joined(separator: ",") + "]}"
        let text = "{\"boxes\": [{\"items\": [1, \(long), 2]}]}"
        #expect(
            try scan(text.utf8, plan, window: 64, value: 1024) == ["<box", "item=1.0", "item=2.0", "box>"])
    }

    @Test(arguments: ["\"", "0", "\u{0}"])
    func aTokenWithoutEndIsAnError(byte: String) {
        let text = "{\"x\": " + byte + String(repeating: byte == "\"" ? "x" : byte, count: 5000)
        #expect(throws: ScanError.tokenTooLong(1024)) { try scan(text.utf8, plan, window: 64, value: 1024) }
    }

    @Test func nothingKnownForTooLongIsAnError() {
        let text = "{\"x\": [" + Array(repeating: "{}", count: 5000).joined(separator: ",") + "]}"
        #expect(throws: ScanError.self) { try scan(text.utf8, plan, window: 64, silence: 4096) }
        #expect(throws: Never.self) { try scan(text.utf8, plan, window: 64, silence: 20000) }
    }

    @Test func elementsOfKnownArraysAreProgress() throws {
        let items = Array(repeating: "{\"a\": \"bcdefghijkl\"}", count: 1000).joined(separator: ",")
        let text = "{\"boxes\": [{\"items\": [\(items)]}]}"
        #expect(try scan(text.utf8, plan, window: 64, silence: 1024).count == 1002)
    }

    @Test func stringsFullOfBracketsAcrossWindows() throws {
        let nasty = String(repeating: #"}]{[\\\",:"#, count: 50)
        let text = "{\"boxes\": [{\"items\": [\"\(nasty)\", \"\(nasty)\"], \"name\": \"n\"}]}"
        let plain = String(repeating: #"}]{[\",:"#, count: 50)
        for window in [8, 64, 333, 700] {
            #expect(
                try scan(text.utf8, plan, window: window, chunk: 5)
                    == ["<box", "item='\(plain)'", "item='\(plain)'", "name='n'", "box>"])
        }
    }

    @Test func theScannerCanBeUsedAgain() throws {
        var scanner = try DocumentScanner(plan, limits: ScanLimits(window: 32))
        for _ in 0..<3 {
            var found = 0
            try Array(document.utf8.prefix(100)).withUnsafeBytes { try scanner.feed($0) { _ in } }
            scanner.reset()
            try Array(document.utf8).withUnsafeBytes { try scanner.feed($0) { _ in found += 1 } }
            try scanner.finish { _ in found += 1 }
            #expect(found == expected.count)
            #expect(scanner.isComplete)
            scanner.reset()
        }
    }

    @Test func anythingMayFollowACompleteDocument() throws {
        let text = "{\"name\": 1} " + String(repeating: " trailing", count: 100)
        #expect(try scan(text.utf8, plan, window: 16) == ["name=1.0"])
    }
}
