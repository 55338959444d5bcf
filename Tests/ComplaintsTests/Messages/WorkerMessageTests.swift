import Complaints
import FoundationEssentials
import Supervision
import Testing

/// What the workers say to each other, as it stands in the frames.
@Suite("Messages between workers")
struct WorkerMessageTests {
    /// The message in words, its JSON, and that JSON decoded, in words.
    private func travel<Message: ChannelMessage>(_ message: Message) throws -> (json: String, arrived: Message) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(message)
        return (String(decoding: data, as: UTF8.self), try JSONDecoder().decode(Message.self, from: data))
    }

    @Test(arguments: [
        (ReporterMessage.credit(4), #"{"count":4,"type":"credit"}"#),
        (.credit(4, note: "1:2:3"), #"{"count":4,"note":"1:2:3","type":"credit"}"#),
        (.credit(4, perDestination: 1), #"{"count":4,"perDestination":1,"type":"credit"}"#),
        (.delivered(id: 7), #"{"id":7,"type":"delivered"}"#),
        (.noted("here"), #"{"note":"here","type":"noted"}"#),
        (
            .undelivered(id: 7, reason: "503", retryAfter: 1.5, permanent: false),
            #"{"id":7,"permanent":false,"reason":"503","retryAfter":1.5,"type":"undelivered"}"#
        ),
        (
            .undelivered(id: 7, reason: "a pause", retryAfter: nil, permanent: false, turnedAway: true),
            #"{"id":7,"permanent":false,"reason":"a pause","turnedAway":true,"type":"undelivered"}"#
        ),
    ])
    func reportersSay(message: ReporterMessage, json: String) throws {
        let (text, arrived) = try travel(message)
        #expect(text == json)
        #expect(arrived == message)
    }

    @Test func whatIsGivenToWorkersArrives() throws {
        var failure = Failure(
            id: "web.1", name: "web", slave: "a1", framework: "marathon", state: "TASK_FAILED",
            started: Timestamp(nanoseconds: 1), finished: Timestamp(nanoseconds: 2_000_000_003), frameworkID: "F",
            agentID: "S1")
        failure.labels = ["complainer_slack_hook_url": "http://hook/ä"]
        failure.message = "exited with status 3\n\u{0}"
        var evidence = Evidence(stdoutURL: "http://s/o", stderrURL: "http://s/e")
        evidence.stderrTail = "last words"
        var delivery = Delivery(id: 9, failure: failure, evidence: evidence, instance: "ops", attempt: 3)
        delivery.note = "1:2:3"
        delivery.held = HeldFailures(
            count: 214, first: failure.finished, last: Timestamp(nanoseconds: 9_000_000_000), seconds: 300)
        #expect(try travel(ReporterOrder.deliver(delivery)).arrived == .deliver(delivery))
        delivery.isTest = true
        #expect(try travel(ReporterOrder.deliver(delivery)).arrived == .deliver(delivery))

        let standing = CollectionStanding(age: 2.5, attempts: 3, isReported: true)
        let order = UploaderOrder.collect(failure.key, failure, standing)
        #expect(try travel(order).arrived == order)
        for message in [
            UploaderMessage.credit(256), .collected(failure.key, evidence), .preliminary(failure.key, evidence),
            .uncollected(failure.key, reason: "no", retryAfter: 30),
            .uncollected(failure.key, reason: "no", retryAfter: nil),
        ] {
            #expect(try travel(message).arrived == message)
        }
        for message in [
            PollerMessage.snapshot(.begin), .snapshot(.end), .detected([failure, failure]),
            .health(reason: "refused", mode: "stream", master: nil),
            .health(reason: nil, mode: "poll", master: "http://m:5050"),
        ] {
            #expect(try travel(message).arrived == message)
        }
        for order in [PollerOrder.recorded([failure.key]), .resync(seen: 3)] {
            #expect(try travel(order).arrived == order)
        }
    }

    @Test(arguments: [
        "{}", #"{"type":"explode"}"#, #"{"type":"credit"}"#, #"{"type":"credit","count":"4"}"#,
        #"{"type":"delivered","id":1.5}"#, #"{"type":"undelivered","id":1,"reason":"x"}"#, "[]", "7",
    ])
    func whatIsNoMessageIsRefused(json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(ReporterMessage.self, from: Data(json.utf8)) }
    }
}
