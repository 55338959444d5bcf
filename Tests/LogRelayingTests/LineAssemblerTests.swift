import Testing

@testable import DockerClient
@testable import LogRelaying

@Suite struct LineAssemblerTests {
    /// A piece of a log: stream, text, whether it begins an entry.
    private struct Input {
        var stream: LogStream
        var text: [UInt8]
        var begins: Bool

        init(_ stream: LogStream, _ text: String, begins: Bool = true) {
            (self.stream, self.text, self.begins) = (stream, Array(text.utf8), begins)
        }
    }

    /// What comes out: `o` or `e` for the stream, `!` for an error, then the text. A datagram takes `limit` bytes.
    private func lines(_ input: [Input], limit: Int = 10, flush: Bool = true) -> [String] {
        var assembler = LineAssembler(limit: limit)
        var output: [String] = []
        func pass(_ bytes: UnsafeRawBufferPointer, _ time: [UInt8], _ origin: LineOrigin) -> Int {
            let mark = (origin.stream == .stdout ? "o" : "e") + (origin.level == .error ? "!" : "")
            output.append("\(mark) \(String(decoding: bytes.prefix(limit), as: UTF8.self))")
            return min(limit, bytes.count)
        }
        for piece in input {
            assembler.take(
                LogPiece(stream: piece.stream, bytes: piece.text[...], beginsEntry: piece.begins), time: moment, pass)
        }
        if flush { assembler.flush(pass) }
        return output
    }

    @Test func linesAreLinesHoweverTheyAreChopped() {
        let text = "one\n\nthree\r\nfour"
        let whole = lines([Input(.stdout, text)])
        #expect(whole == ["o one", "o ", "o three", "o four"])
        for cut in 1..<text.utf8.count {
            let bytes = Array(text.utf8)
            var first = Input(.stdout, "")
            first.text = Array(bytes[..<cut])
            var second = Input(.stdout, "", begins: false)
            second.text = Array(bytes[cut...])
            #expect(lines([first, second]) == whole, "cut at \(cut)")
        }
    }

    @Test func theEndOfALineWithoutNewlineComesWithTheEnd() {
        #expect(lines([Input(.stdout, "a\nb")], flush: false) == ["o a"])
        #expect(lines([Input(.stdout, "a\nb")]) == ["o a", "o b"])
    }

    @Test func entriesOfOneLineAreJoinedAsLongAsTheyFit() {
        #expect(lines([Input(.stdout, "abc"), Input(.stdout, "def"), Input(.stdout, "ghi\n")]) == ["o abcdefghi"])
        #expect(
            lines([Input(.stdout, "abcdefgh"), Input(.stdout, "ijklmn"), Input(.stdout, "op\n")])
                == ["o abcdefghij", "o klmn", "o op"])
    }

    @Test func theOtherStreamEndsWhatIsOpen() {
        #expect(
            lines([Input(.stdout, "abc"), Input(.stderr, "def\n"), Input(.stdout, "ghi\n")])
                == ["o abc", "e def", "o ghi"])
    }

    @Test func longLinesAreSplit() {
        #expect(
            lines([Input(.stdout, "abcdefghijklmnopqrstuvwxyz\n")]) == ["o abcdefghij", "o klmnopqrst", "o uvwxyz"])
        #expect(lines([Input(.stdout, "abcdefghij\n")]) == ["o abcdefghij"])
        #expect(
            lines([Input(.stdout, "abcdefghijk"), Input(.stdout, "\n", begins: false)]) == ["o abcdefghij", "o k"])
    }

    @Test func aCharacterThatTwoEntriesShareStaysWhole() {
        let bytes = Array("abcdefghijkl€\nx\n".utf8)
        for cut in 12...14 {
            var first = Input(.stdout, "")
            first.text = Array(bytes[..<cut])
            var second = Input(.stdout, "")
            second.text = Array(bytes[cut...])
            let parts = lines([first, second])
            #expect(parts.map { $0.dropFirst(2) }.joined() == "abcdefghijkl€x", "\(parts)")
        }
    }

    @Test(
        arguments: [
            (LogStream.stderr, "some Error here", "e!"), (.stderr, "ERROR", "e!"), (.stderr, "xeRRoRx", "e!"),
            (.stderr, "err or", "e"), (.stderr, "erro", "e"), (.stderr, "rrorerr", "e"), (.stdout, "error", "o"),
            (.stderr, "eerrror error", "e!"),
        ])
    func onlyStderrHasErrors(stream: LogStream, text: String, mark: String) {
        #expect(lines([Input(stream, "\(text)\nnext\n")], limit: 100) == ["\(mark) \(text)", "\(mark.prefix(1)) next"])
    }

    @Test func theRestOfALineThatSaidErrorIsAnErrorToo() {
        #expect(
            lines([Input(.stderr, "an error is a long story\nnext\n")])
                == ["e! an error i", "e! s a long s", "e! tory", "e next"])
    }

    @Test(arguments: [("abc", 0), ("aä", 0), ("", 0)])
    func wholeTextHasNoTail(text: String, tail: Int) {
        #expect(LineAssembler.incompleteTail(Array(text.utf8)) == tail)
    }

    @Test func cutTextHasATail() {
        let bytes = Array("a😀".utf8)
        #expect((1...5).map { LineAssembler.incompleteTail(Array(bytes.prefix($0))) } == [0, 1, 2, 3, 0])
        #expect(LineAssembler.incompleteTail([0x80, 0x80, 0x80, 0x80]) == 0)
    }
}
