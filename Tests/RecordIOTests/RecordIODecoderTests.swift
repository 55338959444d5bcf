import RecordIO
import Testing

@Suite struct RecordIODecoderTests {
    /// The records in `bytes`, given in chunks of that length.
    private func records(_ bytes: [UInt8], chunk: Int) throws -> [String] {
        var decoder = RecordIODecoder()
        var records: [String] = []
        var record: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(chunk))
            rest = rest.dropFirst(chunk)
            try piece.withUnsafeBytes { piece in
                try decoder.feed(piece) { part in
                    switch part {
                    case .bytes(let bytes): record += bytes
                    case .end:
                        records.append(String(decoding: record, as: UTF8.self))
                        record = []
                    }
                }
            }
        }
        return records
    }

    @Test(arguments: 1...20)
    func recordsSurviveAnyChunking(chunk: Int) throws {
        let bytes = Array("5\nhello0\n12\nline\nbreaks\u{0}02\n{}".utf8)
        #expect(try records(bytes, chunk: chunk) == ["hello", "", "line\nbreaks\u{0}", "{}"])
    }

    @Test(arguments: ["x", "\n", "12x\n", "-1\n", " 5\nhello", "<html>", "5 \nhello", "0x5\n"])
    func whatIsNotALengthIsAnError(text: String) {
        #expect(throws: (any Error).self) { try records(Array(text.utf8), chunk: 100) }
        #expect(throws: (any Error).self) { try records(Array(text.utf8), chunk: 1) }
    }

    @Test(arguments: ["99999999999", "99999999999999999999999999999999", "00000000000000000000000000"])
    func anEndlessLengthIsAnError(text: String) {
        #expect(throws: (any Error).self) { try records(Array(text.utf8), chunk: 3) }
    }

    @Test func anErrorStays() {
        var decoder = RecordIODecoder()
        for text in ["x", "2\nab"] {
            let bytes = Array(text.utf8)
            #expect(throws: (any Error).self) { try bytes.withUnsafeBytes { try decoder.feed($0) { _ in } } }
        }
    }

    @Test func itKnowsWhetherTheStreamMayEnd() throws {
        var decoder = RecordIODecoder()
        func feed(_ text: String) throws { try Array(text.utf8).withUnsafeBytes { try decoder.feed($0) { _ in } } }
        #expect(decoder.isBetweenRecords)
        try feed("2")
        #expect(!decoder.isBetweenRecords)
        try feed("\na")
        #expect(!decoder.isBetweenRecords)
        try feed("b")
        #expect(decoder.isBetweenRecords)
    }
}
