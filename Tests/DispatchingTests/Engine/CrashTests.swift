import Complaints
import Testing

@testable import Dispatching

@Suite("Workers that die")
struct CrashTests {
    let scratch = Scratch()

    func desk(_ count: Int) throws -> Desk {
        let desk = try Desk(scratch.path)
        let poller = try desk.baselinedPoller()
        try desk.run(.poller(poller, .detected((0..<count).map { failure("t\($0)", finished: Double($0)) })))
        return desk
    }

    func delivering(_ count: Int) throws -> Desk {
        let desk = try desk(count)
        let uploader = try desk.worker(.uploader, credit: 100)
        for effect in desk.effects {
            if case .collect(_, let key, _) = effect { try desk.run(.uploader(uploader, .collected(key, evidence))) }
        }
        return desk
    }

    @Test func whatAReporterHadInItsHandsIsGivenToTheNext() throws {
        let desk = try delivering(2)
        let first = try desk.worker(.reporter("file"))
        let ids = desk.deliveries.map(\.id)
        try desk.run(.reporter(first, .delivered(id: ids[0])), .gone(first, reason: "killed"))
        #expect(desk.deliveries.isEmpty)
        // A late word of the dead one counts no more.
        try desk.run(.reporter(first, .delivered(id: ids[1])))
        #expect(try desk.counts()["file"] == ["delivered": 1, "pending": 1])
        let second = try desk.worker(.reporter("file"))
        #expect(desk.deliveries.map(\.id) == [ids[1]])
        try desk.run(.reporter(second, .delivered(id: ids[1])))
        #expect(try desk.counts() == ["": ["done": 2], "file": ["delivered": 2]])
    }

    @Test func whatAnUploaderHadInItsHandsIsGivenToTheNext() throws {
        let desk = try desk(2)
        let first = try desk.worker(.uploader)
        try desk.run(.gone(first, reason: "killed"))
        _ = try desk.worker(.uploader)
        #expect(desk.collections == ["t0", "t1"])
    }

    @Test func aNewConnectionReplacesTheOneBefore() throws {
        let desk = try desk(1)
        let first = try desk.worker(.uploader)
        let second = try desk.connect(.uploader)
        #expect(desk.effects.contains { if case .close(first, .uploader, nil) = $0 { true } else { false } })
        try desk.run(.uploader(first, .collected(failure("t0").key, evidence)))
        #expect(try desk.states() == ["t0": "collecting"])
        try desk.run(.uploader(second, .credit(1)))
        #expect(desk.collections == ["t0"])
    }

    @Test func connectionsThatAreHeardOfInTheWrongOrderAreToldApart() throws {
        let desk = try desk(1)
        let late = PeerID(number: 9)
        let early = PeerID(number: 8)
        try desk.run(.connected(late, .uploader), .connected(early, .uploader))
        #expect(desk.effects.contains { if case .close(early, .uploader, nil) = $0 { true } else { false } })
        try desk.run(.uploader(late, .credit(1)))
        #expect(desk.collections == ["t0"])
    }

    @Test func theGuiltyOneIsQuarantinedAndItsNeighboursAreNot() throws {
        let desk = try delivering(4)
        let guilty = "t2"
        var crashes = 0
        var reporter = try desk.worker(.reporter("file"))
        var hands = desk.deliveries
        while !hands.isEmpty, crashes < 10 {
            if hands.contains(where: { $0.failure.id == guilty }) {
                crashes += 1
                try desk.run(.gone(reporter, reason: "signal 11"))
                if crashes == 3 {
                    #expect(
                        desk.notes.contains(.quarantined(.reporter("file"), what: "t2 (t2)", crashes: 3)))
                }
                reporter = try desk.worker(.reporter("file"))
                hands = desk.deliveries
            } else {
                let next = hands.removeFirst()
                try desk.run(.reporter(reporter, .delivered(id: next.id)))
                hands += desk.deliveries
            }
        }
        #expect(crashes == 3)
        #expect(try desk.states() == ["t0": "done", "t1": "done", "t2": "poisoned", "t3": "done"])
        #expect(try desk.counts()["file"] == ["delivered": 3, "poisoned": 1])
    }

    @Test func logsThatKillTheUploaderAreGivenUpAndTheReportIsMadeWithout() throws {
        let desk = try desk(1)
        for _ in 1...3 {
            let uploader = try desk.worker(.uploader)
            #expect(desk.collections == ["t0"])
            try desk.run(.gone(uploader, reason: "signal 9"))
        }
        #expect(try desk.states() == ["t0": "delivering"])
        let reporter = try desk.worker(.reporter("file"))
        let evidence = desk.deliveries[0].evidence
        #expect(evidence.logsError?.hasPrefix("the uploader died 3 times over these logs, so they were not") == true)
        #expect(
            evidence.stderrURL
                == "http://agent-1:5051/files/download?path=/frameworks/F-1/executors/t0/runs/latest/stderr")
        try desk.run(.reporter(reporter, .delivered(id: desk.deliveries[0].id)))
        #expect(try desk.states() == ["t0": "poisoned"])
    }

    @Test func linksToAgentsThatWantHTTPSHaveIt() throws {
        let settings = try DispatchSettings(["reporters": ["file"], "agents.scheme": ["https"]])
        let evidence = Evidence.sandbox(of: failure("t0"), because: "no store", scheme: settings.agentsScheme)
        #expect(evidence.stdoutURL.hasPrefix("https://agent-1:5051/files/download?path="))
    }

    @Test func crashesAreCountedAcrossRestartsOfTheDispatcher() throws {
        var desk = try desk(1)
        var images: [Scratch] = []
        for round in 1...3 {
            let uploader = try desk.worker(.uploader)
            #expect(desk.collections == ["t0"], "round \(round)")
            try desk.run(.gone(uploader, reason: "signal 9"))
            let image = try desk.crashImage()
            desk = try Desk(image.path)
            images.append(image)
        }
        #expect(try desk.states() == ["t0": "delivering"])
    }

    @Test func whatWasAnsweredInBetweenIsNoSuspectAnyMore() throws {
        let desk = try desk(1)
        for _ in 1...5 {
            for _ in 1...2 {
                let uploader = try desk.worker(.uploader)
                try desk.run(.gone(uploader, reason: "signal 9"))
            }
            let uploader = try desk.worker(.uploader)
            try desk.run(.uploader(uploader, .uncollected(failure("t0").key, reason: "busy", retryAfter: 0)))
            #expect(desk.collections == ["t0"])
            desk.engine.isStopping = true
            try desk.run(.gone(uploader, reason: "stopped"))
            desk.engine.isStopping = false
        }
        #expect(try desk.states() == ["t0": "collecting"])
    }

    @Test func anOffenceCountsLikeACrash() throws {
        let desk = try desk(1)
        for _ in 1...3 {
            let uploader = try desk.worker(.uploader)
            try desk.run(.offended(uploader, reason: "not UTF-8"))
            #expect(desk.offences == ["not UTF-8"])
        }
        #expect(try desk.states() == ["t0": "delivering"])
    }

    @Test func workersThatGoWhenWeStopHaveNotCrashed() throws {
        let desk = try desk(1)
        for _ in 1...3 {
            desk.engine.isStopping = false
            let uploader = try desk.worker(.uploader)
            #expect(desk.collections == ["t0"])
            desk.engine.isStopping = true
            try desk.run(.gone(uploader, reason: "stopped"))
        }
        #expect(try desk.states() == ["t0": "collecting"])
    }

    @Test func whoStopsGivesOutNoNewWorkButTakesAnswers() throws {
        let desk = try desk(3)
        let uploader = try desk.worker(.uploader, credit: 1)
        desk.engine.isStopping = true
        try desk.run(.uploader(uploader, .collected(failure("t0").key, evidence)))
        #expect(desk.collections.isEmpty)
        #expect(desk.engine.inFlight == 0)
        #expect(try desk.counts()[""] == ["collecting": 2, "delivering": 1])
    }

    @Test func nothingIsLostWhereverTheDispatcherDies() throws {
        var desk = try Desk(scratch.path)
        func die() throws {
            let image = try desk.crashImage()
            desk = try Desk(image.path, now: desk.now)
            images.append(image)
        }
        var images: [Scratch] = []

        var poller = try desk.baselinedPoller()
        try die()
        poller = try desk.connect(.poller)
        #expect(desk.resyncs == 0)
        try desk.run(.poller(poller, .detected([failure("a")])))
        try die()
        poller = try desk.connect(.poller)
        try desk.run(.poller(poller, .detected([failure("a")])))
        #expect(desk.recorded == [failure("a").key])
        #expect(try desk.cases().count == 1)

        var uploader = try desk.worker(.uploader)
        #expect(desk.collections == ["a"])
        try die()
        uploader = try desk.worker(.uploader)
        #expect(desk.collections == ["a"])
        try desk.run(.uploader(uploader, .uncollected(failure("a").key, reason: "later", retryAfter: 60)))
        try die()
        uploader = try desk.worker(.uploader)
        #expect(desk.collections.isEmpty)
        desk.pass(60)
        try desk.run()
        #expect(desk.collections == ["a"])
        try desk.run(.uploader(uploader, .collected(failure("a").key, evidence)))
        try die()
        uploader = try desk.worker(.uploader)
        #expect(desk.collections.isEmpty)

        var reporter = try desk.worker(.reporter("file"))
        let id = desk.deliveries[0].id
        try die()
        reporter = try desk.worker(.reporter("file"))
        #expect(desk.deliveries.map(\.id) == [id])
        #expect(desk.deliveries[0].evidence == evidence)
        try desk.run(.reporter(reporter, .delivered(id: id)))
        try die()
        reporter = try desk.worker(.reporter("file"))
        #expect(desk.deliveries.isEmpty)
        #expect(try desk.states() == ["a": "done"])
        try desk.run(.poller(try desk.connect(.poller), .detected([failure("a")])))
        #expect(try desk.cases().count == 1)
    }
}
