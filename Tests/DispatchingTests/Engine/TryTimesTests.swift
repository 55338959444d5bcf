import Complaints
import Glibc
import Testing

@testable import Dispatching

/// When a report is tried that its service never takes.
@Suite("The times of tries")
struct TryTimesTests {
    /// What became of one report.
    private struct Story: Equatable {
        /// Of its tries, in seconds after the first.
        var times: [Double] = []
        /// What they were told to be.
        var attempts: [Int] = []
        /// An hour after its time was over.
        var state: String?
    }

    /// Lets one report fail for as long as it is tried, from one moment at which the engine wants to be woken to the next.
    private func story(retryFor: Duration, answer: (Int) -> Double? = { _ in nil }) throws -> Story {
        // Some hundred transactions, and it is not the disk that is looked at.
        let scratch = Scratch(in: access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp")
        let desk = try Desk(scratch.path, retryFor: retryFor)
        let poller = try desk.baselinedPoller()
        let uploader = try desk.worker(.uploader)
        let reporter = try desk.worker(.reporter("file"))
        let web = failure("web", finished: 900)
        try desk.run(.poller(poller, .detected([web])))
        try desk.run(.uploader(uploader, .collected(web.key, evidence)))
        let begin = desk.now
        var story = Story()
        let end = begin.adding(retryFor + .seconds(3600))
        while desk.now < end {
            if let delivery = desk.deliveries.first {
                #expect(desk.deliveries.count == 1)
                story.times.append(Double(desk.now.since(begin).nanoseconds) / 1e9)
                story.attempts.append(delivery.attempt)
                let pause = answer(delivery.attempt)
                let trouble = ReporterMessage.undelivered(
                    id: delivery.id, reason: "503", retryAfter: pause, permanent: false)
                try desk.run(.reporter(reporter, trouble))
            }
            desk.now = max(desk.now, min(desk.engine.wakeAt ?? end, end))
            try desk.run()
        }
        story.state = try desk.cases().first?.reports.first?.state
        return story
    }

    /// 1, 2, 4 … 256 s, then always 300 s; and one last try when the time is over.
    private func times(until end: Double) -> [Double] {
        var times = [0.0]
        var wait = 1.0
        while let last = times.last, last < end {
            times.append(min(last + wait, end))
            wait = min(wait * 2, 300)
        }
        return times
    }

    @Test(arguments: [1, 10, 90, 3600, 24 * 3600])
    func theyAreFurtherAndFurtherApartUntilTheReportExpires(retryFor: Int) throws {
        let expected = times(until: Double(retryFor))
        let story = try story(retryFor: .seconds(retryFor))
        #expect(story.times == expected)
        #expect(story.attempts == Array(1...expected.count))
        #expect(story.state == "expired")
    }

    @Test func theyBegin() throws {
        #expect(
            try story(retryFor: .seconds(1200)).times
                == [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111, 1200])
    }

    @Test func whatTheServiceAsksForIsKeptAndTheBackoffGoesOnAfterIt() throws {
        // It wants a pause each time it is asked for the second and the fourth time, the last one too long.
        let story = try story(retryFor: .seconds(600)) { [2: 90, 4: 3600][$0] }
        #expect(story.times == [0, 1, 91, 95, 600])
        #expect(story.state == "expired")
    }
}
