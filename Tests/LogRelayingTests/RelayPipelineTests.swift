import Testing

@testable import DockerClient
@testable import LogRelaying

@Suite struct RelayPipelineTests {
    /// The log of a container as Docker gives it from a time on.
    private let entries: [(LogStream, String, String)] = (0..<40).map { index in
        // Several share a time, some hold no end of a line, some streams are out of order by a little.
        let time = index == 17 ? 15 : index / 3 * 3
        let digits = String(time)
        let text = index % 7 == 3 ? "part \(index)" : "line \(index)\n"
        return (
            index % 4 == 1 ? .stderr : .stdout,
            "2026-11-21T10:00:\(digits.count < 2 ? "0\(digits)" : digits).000000000Z", text
        )
    }

    private func pieces(since: LogTime?) -> [LogPiece] {
        entries.filter { entry in
            since.map { since in LogTime(rfc3339: entry.1.utf8).map { $0 >= since } ?? true } ?? true
        }.map { LogPiece(stream: $0.0, bytes: Array("\($0.1) \($0.2)".utf8)[...], beginsEntry: true) }
    }

    private func pipeline(_ cursor: LogCursor = LogCursor(), until: LogTime? = nil) -> RelayPipeline {
        RelayPipeline(cursor: cursor, format: RFC5424Format(.test()), maximumDatagram: 1000, until: until)
    }

    private func texts(_ batch: DatagramBatch) -> [String] {
        datagrams(batch, withNewline: false).map { $0.components(after: " - ") }
    }

    private var everything: [String] {
        var pipeline = pipeline()
        for piece in pieces(since: nil) { pipeline.take(piece) }
        pipeline.flush()
        return texts(pipeline.takeBatch().batch)
    }

    @Test func aProcessThatDiesIsFollowedByOneThatGoesOn() throws {
        let all = everything
        #expect(all.count > 30)
        for batchSize in [1, 2, 5] {
            for dies in 0..<40 {
                // Passes on after every few pieces, and dies before it passes on what came last.
                var first = pipeline()
                var saved: LogCursor.Position?
                var output: [String] = []
                for (index, piece) in pieces(since: nil).enumerated() {
                    if index == dies { break }
                    first.take(piece)
                    guard index % batchSize == batchSize - 1 else { continue }
                    let (batch, mark) = first.takeBatch()
                    output += texts(batch)
                    if let mark { saved = mark }
                }
                let resumed = LogCursor(resumingAt: saved ?? .init())
                var second = pipeline(resumed)
                for piece in pieces(since: resumed.since) { second.take(piece) }
                second.flush()
                let rest = texts(second.takeBatch().batch)
                // Nothing is missing, and at most the last batch comes again.
                let overlap = output.count + rest.count - all.count
                #expect((0...batchSize).contains(overlap), "batches of \(batchSize), died at \(dies): \(overlap)")
                #expect(rest == Array(all.suffix(rest.count)))
                #expect(output == Array(all.prefix(output.count)))
            }
        }
    }

    @Test func aBatchThatWasNotPassedOnComesAgain() {
        var first = pipeline()
        for piece in pieces(since: nil).prefix(3) { first.take(piece) }
        let (batch, mark) = first.takeBatch()
        #expect(texts(batch) == ["line 0", "line 1", "line 2"])
        #expect(mark == LogCursor.Position(time: Array("2026-11-21T10:00:00.000000000Z".utf8), entries: 3, bytes: 7))
        for piece in pieces(since: nil).dropFirst(3).prefix(1) { first.take(piece) }
        // A line whose end is missing: the place stays where it was.
        #expect(first.takeBatch().mark == nil)
    }

    @Test func theEndOfTheStartIsTheEnd() throws {
        let until = try #require(LogTime(rfc3339: "2026-11-21T10:00:05Z".utf8))
        var pipeline = pipeline(until: until)
        for piece in pieces(since: nil) { pipeline.take(piece) }
        #expect(pipeline.isOver)
        pipeline.flush()
        #expect(texts(pipeline.takeBatch().batch) == ["line 0", "line 1", "line 2", "part 3line 4", "line 5"])
    }
}

extension String {
    fileprivate func components(after separator: String) -> String {
        guard let range = firstRange(of: separator) else { return self }
        return String(self[range.upperBound...])
    }
}
