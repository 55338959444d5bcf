import Complaints
import Testing

@testable import Dispatching

@Suite("Reports that do not wait for their logs")
struct UploadTests {
    let scratch = Scratch()
    let key = failure("t0").key
    let sandbox = Evidence(stdoutURL: "http://agent/stdout", stderrURL: "http://agent/stderr", logsError: "no store")

    /// A desk with one failure that the uploader has reported preliminarily, and its uploader.
    func desk() throws -> (Desk, PeerID) {
        let desk = try Desk(scratch.path)
        let poller = try desk.baselinedPoller()
        try desk.run(.poller(poller, .detected([failure("t0")])))
        let uploader = try desk.worker(.uploader)
        try desk.run(.uploader(uploader, .preliminary(key, sandbox)))
        return (desk, uploader)
    }

    var standings: (Desk) -> [CollectionStanding] {
        { desk in desk.effects.compactMap { if case .collect(_, _, let work) = $0 { work.standing } else { nil } } }
    }

    func report(_ desk: Desk) throws -> [Evidence] {
        let reporter = try desk.worker(.reporter("file"))
        let deliveries = desk.deliveries
        for delivery in deliveries { try desk.run(.reporter(reporter, .delivered(id: delivery.id))) }
        return deliveries.map(\.evidence)
    }

    func uploads(_ desk: Desk) throws -> Int {
        try desk.keeper.read { Int(try $0.number("SELECT count(*) FROM uploads") ?? -1) }
    }

    @Test func theReportIsMadeAndTheUploaderKeepsItsWork() throws {
        let (desk, uploader) = try desk()
        #expect(desk.offences == [] && desk.collections == [])
        #expect(try report(desk) == [sandbox])
        #expect(try desk.states() == ["t0": "done"])
        try desk.run(.uploader(uploader, .collected(key, evidence)))
        #expect(desk.notes.contains(.collectedLate(failure("t0"), error: nil)))
        #expect(try desk.cases().first?.evidence == evidence)
        #expect(try uploads(desk) == 0)
        #expect(try desk.counts() == ["": ["done": 1], "file": ["delivered": 1]], "no second report")
    }

    @Test func aReportThatWasNotMadeYetGetsTheBetterLinks() throws {
        let (desk, uploader) = try desk()
        try desk.run(.uploader(uploader, .collected(key, evidence)))
        #expect(try report(desk) == [evidence])
    }

    @Test func theUploadIsTriedOnUntilItsTimeIsOver() throws {
        let (desk, uploader) = try desk()
        #expect(try report(desk).count == 1)
        let trouble = UploaderMessage.uncollected(key, reason: "503", retryAfter: nil)
        for (attempts, wait) in zip(1..., [1.0, 2, 4]) {
            try desk.run(.uploader(uploader, trouble))
            #expect(desk.collections == [])
            let next = desk.now.adding(.seconds(wait))
            #expect(
                try desk.cases().first?.upload == CaseAnswer.Upload(attempts: attempts, error: "503", next: next))
            #expect(desk.engine.wakeAt == desk.now.adding(.seconds(wait)))
            desk.pass(wait)
            try desk.run()
            #expect(standings(desk).map(\.attempts) == [attempts])
            #expect(standings(desk).map(\.isReported) == [true])
        }
        #expect(standings(desk).map(\.age) == [7])
        desk.pass(24 * 3600)
        try desk.run(.uploader(uploader, trouble))
        #expect(desk.notes.contains(.collectedLate(failure("t0"), error: "503")))
        #expect(try uploads(desk) == 0)
        let last = try #require(try desk.cases().first)
        #expect(last.upload == nil)
        #expect(last.evidence?.stdoutURL == sandbox.stdoutURL && last.evidence?.stderrURL == sandbox.stderrURL)
        #expect(last.evidence?.logsError?.hasPrefix("the logs could not be saved: 503; the links lead") == true)
    }

    @Test func whatIsStillBeingSavedIsToldAndCounted() throws {
        func count(_ desk: Desk) throws -> Int { try desk.keeper.read { try $0.uploadCount() } }
        let (desk, uploader) = try desk()
        #expect(try desk.cases().first?.upload == CaseAnswer.Upload(attempts: 0, error: nil, next: nil))
        #expect(try count(desk) == 1)
        try desk.run(.uploader(uploader, .uncollected(key, reason: "503", retryAfter: 9)))
        // As after a restart of the dispatcher.
        let image = try desk.crashImage()
        let later = try Desk(image.path)
        #expect(try later.cases().first?.upload?.error == "503")
        #expect(try count(later) == 1)
        later.pass(10)
        let other = try later.worker(.uploader)
        try later.run(.uploader(other, .collected(key, evidence)))
        #expect(try later.cases().first?.upload == nil)
        #expect(try count(later) == 0)
    }

    @Test func newFailuresGoBeforeUploadsThatNobodyWaitsFor() throws {
        let (desk, first) = try desk()
        try desk.run(.gone(first, reason: "killed"))
        let poller = try desk.connect(.poller)
        try desk.run(.poller(poller, .detected((1...3).map { failure("t\($0)", finished: Double($0)) })))
        _ = try desk.worker(.uploader, credit: 4)
        #expect(desk.collections == ["t1", "t2", "t3", "t0"])
        #expect(standings(desk).map(\.isReported) == [false, false, false, true])
    }

    @Test func theUploadSurvivesTheDispatcher() throws {
        let image = try desk().0.crashImage()
        let desk = try Desk(image.path)
        let uploader = try desk.worker(.uploader)
        #expect(standings(desk).map(\.isReported) == [true])
        #expect(try report(desk) == [sandbox])
        try desk.run(.uploader(uploader, .collected(key, evidence)))
        #expect(try desk.cases().first?.evidence == evidence)
    }

    @Test func anUploadThatKillsTheUploaderIsGivenUp() throws {
        var (desk, uploader) = try desk()
        #expect(try report(desk).count == 1)
        for crashes in 1...3 {
            try desk.run(.gone(uploader, reason: "signal 9"))
            #expect(try uploads(desk) == (crashes < 3 ? 1 : 0))
            uploader = try desk.worker(.uploader)
        }
        #expect(desk.collections == [])
        #expect(try desk.states() == ["t0": "done"])
        let evidence = try desk.cases().first?.evidence
        #expect(evidence?.stdoutURL == sandbox.stdoutURL)
        #expect(evidence?.logsError?.contains("the uploader died 3 times over these logs; the links") == true)
    }

    @Test func withoutAnUploaderItEndsWhenItsTimeIsOver() throws {
        let (desk, uploader) = try desk()
        try desk.run(.gone(uploader, reason: "killed"))
        desk.pass(24 * 3600 + 61)
        try desk.run()
        #expect(try uploads(desk) == 0)
    }

    @Test func itIsPrunedWithItsCase() throws {
        let (desk, _) = try desk()
        #expect(try report(desk).count == 1)
        desk.pass(8 * 24 * 3600)
        try desk.run()
        #expect(try desk.cases().isEmpty)
        #expect(try uploads(desk) == 0)
        #expect(try desk.keeper.read { try $0.uploadCount() } == 0)
    }

    @Test func twiceIsNoHarmAndForAStrangerItIsAnOffence() throws {
        let (desk, uploader) = try desk()
        try desk.run(.uploader(uploader, .preliminary(key, evidence)))
        #expect(desk.offences == [])
        #expect(try desk.cases().first?.evidence == sandbox)
        try desk.run(.uploader(uploader, .preliminary(failure("stranger").key, evidence)))
        #expect(desk.offences.count == 1)
    }
}
