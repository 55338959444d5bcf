import Testing

@testable import Complaints

@Suite struct EnvironmentFileTests {
    func parse(_ text: String) throws(EnvironmentFile.Problem) -> [String] {
        try EnvironmentFile.parse(Array(text.utf8)).map { "\($0.line) \($0.name)=\($0.value)" }
    }

    func problem(_ text: String) -> String {
        do throws(EnvironmentFile.Problem) {
            _ = try parse(text)
            return ""
        } catch {
            return "\(error.line): \(error.message)"
        }
    }

    @Test func plainLines() throws {
        #expect(try parse("A=1\nB_2=two words \n\n  C = x\nD=\n") == ["1 A=1", "2 B_2=two words", "4 C=x", "5 D="])
        #expect(try parse("") == [])
        #expect(try parse("A=1") == ["1 A=1"])
    }

    @Test func comments() throws {
        #expect(try parse("# A=1\n  ; B=2\nC=3 # no comment\n#") == ["3 C=3 # no comment"])
        #expect(try parse("# ends with \\\nA=1") == ["2 A=1"])
    }

    @Test func quotes() throws {
        #expect(try parse(#"A='single $x \n "q" '"#) == [#"1 A=single $x \n "q" "#])
        #expect(try parse(#"A="double \"q\" \\ \$ \` \n '"# + "\"") == [#"1 A=double "q" \ $ ` \n '"#])
        #expect(try parse("A='two\nlines'\nB=x") == ["1 A=two\nlines", "3 B=x"])
        #expect(try parse("A=\"a\\\nb\"") == ["1 A=ab"])
        #expect(try parse(#"A= "a" 'b'c "d" "#) == [#"1 A=abc "d""#])
        #expect(try parse(#"A=x"y"'z'"#) == [#"1 A=x"y"'z'"#])
        #expect(try parse(#"A="" "#) == ["1 A="])
        #expect(try parse(#"A="  x  "   "#) == ["1 A=  x  "])
    }

    @Test func backslashes() throws {
        #expect(try parse("A=one \\\ntwo\nB=x") == ["1 A=one two", "3 B=x"])
        #expect(try parse(#"A=\"x\\y\ "#) == [#"1 A="x\y "#])
        #expect(try parse("A=x\\") == ["1 A=x"])
    }

    @Test func carriageReturnsAndByteOrderMark() throws {
        #expect(try parse("\u{FEFF}A=1\r\nB='x'\r\nC=a\\\r\nb\r\n") == ["1 A=1", "2 B=x", "3 C=ab"])
    }

    @Test func aTemplateNeedsNoQuotesUnlessItHasABackslash() throws {
        let template = #"{{ .failure.Name }}: {{ .nl }}"x""#
        #expect(try parse("A=\(template)") == ["1 A=\(template)"])
    }

    @Test func whatSystemdSkipsIsAnError() {
        #expect(problem("A=1\nnonsense\n") == "2: not NAME=value")
        #expect(problem("A") == "1: not NAME=value")
        #expect(problem("=x") == "1: what is before \"=\" is not the name of a variable")
        #expect(problem("\nA B=x") == "2: what is before \"=\" is not the name of a variable")
        #expect(problem("1A=x") == "1: what is before \"=\" is not the name of a variable")
        #expect(problem("export A=x") == #"1: take out "export""#)
        #expect(problem("A=1\nB='x\nC=2\n") == "2: a ' is not closed")
        #expect(problem("A=\"x\\") == "1: a \" is not closed")
    }

    @Test func whatIsNoTextIsAnError() {
        #expect(throws: EnvironmentFile.Problem(line: 2, message: "the value is not UTF-8 text")) {
            try EnvironmentFile.parse(Array("\nA=".utf8) + [0xFF])
        }
        #expect(problem("A=x\0y") == "1: the value is not UTF-8 text")
        #expect(throws: EnvironmentFile.Problem.self) {
            try EnvironmentFile.parse([UInt8](repeating: UInt8(ascii: "#"), count: EnvironmentFile.maximumSize + 1))
        }
        #expect(throws: EnvironmentFile.Problem.self) {
            try EnvironmentFile.parse([UInt8](repeating: 0xFF, count: 1000))
        }
    }
}
