import Testing

@testable import ContainerExecuting

/// What one worker leaves for the next.
@Suite struct WorkerNoteTests {
    @Test func thereAndBack() {
        var note = WorkerNote()
        #expect(note.bytes == [] && WorkerNote(nil) == note && WorkerNote([]) == note)
        note.secrets = ["a", "b"]
        note.loan = .init(token: "s.1", lease: "aws/creds/r/1", end: LoanEnd(.now + .seconds(60)))
        #expect(WorkerNote(note.bytes) == note)
        #expect(WorkerNote(Array("garbage".utf8)) == WorkerNote())
        note.secrets = [String(repeating: "\u{1}", count: 128 << 10)]
        #expect(WorkerNote(note.bytes) == note && note.bytes.count < 1 << 20)
        note.secrets.append("x")
        note.isReported = true
        #expect(WorkerNote(note.bytes).isReported && WorkerNote(note.bytes).loan == note.loan)
        #expect(WorkerNote(note.bytes).secrets == [])
    }

    @Test(arguments: [
        (0, 0.0, "1970-01-01T00:00:00Z"), (1_795_283_392, 8, "2026-11-21T17:50:00Z"),
        (951_782_399, 1.9, "2000-02-29T00:00:00Z"),
    ])
    func theTimeForPeople(time: Int, later: Double, text: String) {
        let now = ContinuousClock.now
        #expect(LoanEnd(now + .seconds(later), now: now, time: time).text == text)
    }
}
