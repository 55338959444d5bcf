import Testing

@testable import Uploading

@Suite("What of a log is saved")
struct LogPlanTests {
    private let mega: Int64 = 1 << 20

    @Test func allOfItWhenItFits() {
        #expect(LogPlan.pieces([0], limit: 4 * mega) == [.file(0, from: 0, to: nil)])
        #expect(LogPlan.pieces([4 * mega], limit: 4 * mega) == [.file(0, from: 0, to: nil)])
        #expect(
            LogPlan.pieces([5, 0, 7], limit: 4 * mega) == [.file(0, from: 0, to: nil), .file(2, from: 0, to: nil)],
            "empty files of the past are not asked for")
    }

    @Test func ofALongOneTheBeginningAndTheEnd() {
        let pieces = LogPlan.pieces([10 * mega], limit: 4 * mega)
        #expect(pieces.count == 3)
        #expect(pieces.first == .file(0, from: 0, to: mega))
        #expect(pieces.last == .file(0, from: 7 * mega, to: nil))
        guard case .note(let note) = pieces[1] else {
            Issue.record("no note")
            return
        }
        #expect(note.contains("\(6 * mega) bytes were left out") && note.hasPrefix("\n") && note.hasSuffix("]\n"))
    }

    @Test func theCutMayGoThroughSeveralFiles() {
        let kinds = LogPlan.pieces([mega / 2, 3 * mega, mega, 9 * mega, 5], limit: 4 * mega).map { piece in
            if case .note = piece { "note" } else { "\(piece)" }
        }
        let last = 9 * mega - 3 * mega + 5
        #expect(
            kinds == [
                "file(0, from: 0, to: nil)", "file(1, from: 0, to: Optional(\(mega / 2)))", "note",
                "file(3, from: \(last), to: nil)", "file(4, from: 0, to: nil)",
            ])
    }

    @Test func nothingIsSavedTwiceAndNothingLostButTheCut() {
        for sizes in [[mega, mega], [3 * mega, 1], [1, 3 * mega], [mega, 7, 2 * mega, 0], [0, 0, 9 * mega]] {
            for limit in [mega + 1, 2 * mega, 3 * mega, 20 * mega] {
                let saved = LogPlan.pieces(sizes, limit: limit).reduce(Int64(0)) { sum, piece in
                    guard case .file(let file, let from, let to) = piece else { return sum }
                    return sum + (to ?? sizes[file]) - from
                }
                #expect(saved == min(limit, sizes.reduce(0, +)), "\(sizes) \(limit)")
            }
        }
    }
}
