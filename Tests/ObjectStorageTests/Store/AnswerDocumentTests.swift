import Testing

@testable import ObjectStorage

@Suite struct AnswerDocumentTests {
    private func document(_ text: String) -> AnswerDocument { AnswerDocument(Array(text.utf8)) }

    @Test("Elements are found with prefixes, attributes, comments and references")
    func elements() {
        let answer = document(
            "<?xml version='1.0'?><!-- <Code>no</Code --><s3:Error a='b'><s3:Code x=\"y\">A&amp;B &#65;&#x42; &bogus; &</s3:Code>"
                + "<Empty/><Outer><Inner>x</Inner></Outer></s3:Error>")
        #expect(answer.root == "Error")
        #expect(answer["Code"] == "A&B AB &bogus; &")
        #expect(answer["Empty"] == "")
        #expect(answer["Inner"] == "x")
        #expect(answer["Outer"] == nil)
        #expect(answer["Missing"] == nil)
    }

    @Test("What is cut off anywhere gives what was there before, and never traps")
    func cut() {
        let whole = Array("<Error><Code>Slow&#9;Down</Code><Message>m</Message></Error>".utf8)
        for length in 0...whole.count {
            let answer = AnswerDocument(Array(whole[..<length]))
            #expect(answer["Code"] == (length >= 32 ? "Slow\tDown" : nil), "\(length) bytes")
        }
    }

    @Test("Bytes that are no text, a huge answer and a deep one")
    func noise() {
        #expect(AnswerDocument([0xFF, 0x3C, 0xC3, 0x3E]).root != "Error")
        #expect(AnswerDocument([UInt8](repeating: 0x3C, count: 4 << 20)).root == nil)
        #expect(document(String(repeating: "<a>", count: 100_000))["b"] == nil)
        #expect(document("<a>&#xFFFFFFFFF;&#xD800;&#;</a>")["a"] == "&#xFFFFFFFFF;&#xD800;&#;")
        #expect(document("</a><>< ></b><c></d>")["c"] == nil)
    }
}
