import Testing

@testable import MesosClient

@Suite("The answer of /files/read")
struct FileReadAnswerTests {
    private func parse(_ text: String) -> FileReadAnswer? { FileReadAnswer(Array(text.utf8)) }

    @Test func bytesAreGivenBackAsTheyAreInTheFile() {
        // As a real agent of 1.11 sends 9E C1, a control character, a quotation mark, a backslash and a line break.
        let body =
            Array("{\"data\":\"".utf8) + [0x9E, 0xC1] + Array("\\u001C\\\"\\\\\\n".utf8)
            + Array("\",\"offset\":3000000}".utf8)
        let answer = FileReadAnswer(body)
        #expect(answer?.data == [0x9E, 0xC1, 0x1C, 0x22, 0x5C, 0x0A])
        #expect(answer?.offset == 3_000_000)
    }

    @Test func everyFormThatJSONHasIsRead() {
        #expect(parse(#"{"data":"","offset":0}"#)?.data == [])
        #expect(
            parse(#" { "offset" : 7 , "data" : "\b\f\n\r\t\/\u0041\u00e4\ud83d\ude00" } "#)?.data
                == Array("\u{8}\u{C}\n\r\t/Aä😀".utf8))
        #expect(parse(#"{"offset":-1,"data":"x"}"#)?.offset == -1)
    }

    @Test func whatIsSomethingElseIsRefused() {
        for text in [
            "", "{", "{}", "[]", "<html>", #"{"data":"x"}"#, #"{"data":"x,"offset":0}"#, #"{"data":"\u12","offset":0}"#,
            #"{"data":"\ud83d","offset":0}"#, #"{"data":"x","offset":"0"}"#, #"{"data":"x","offset":0,"more":1}"#,
            #"{"data":"x\"#, #"{"data":"x" "offset":0}"#,
        ] { #expect(parse(text) == nil, "\(text)") }
    }
}
