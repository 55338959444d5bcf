import Foundation
import TestTools
import Testing

@testable import Profiling

@Suite struct JoiningTests {
    private func part(_ function: String, _ value: Int64, mapped file: String) throws -> ProfileAnswer {
        var profile = Profile(measures: [.init("samples", "count")], mainMeasure: "samples")
        profile.mappings = [.init(start: 1, end: 9, offset: 0, file: file, buildID: "", hasNames: true)]
        profile.locations = [.init(mapping: 0, address: 5, name: function)]
        profile.samples = [.init(stack: [0], values: [value], labels: [.init("thread", "t")])]
        profile.comments = ["the same of all"]
        profile.duration = value
        var answer = ProfileAnswer(body: try JSONEncoder().encode(profile))
        answer.isPart = true
        return answer
    }

    @Test func profilesOfSeveralProcessesAreOneInWhichEachIsNamed() throws {
        let whole = ProfilePages.joined(
            [
                "poller": try part("poll", 3, mapped: "/a"), "server": try part("serve", 4, mapped: "/b"),
                "uploader": .problem("it is busy", status: 500),
            ], page: "profile")
        #expect(whole.status == 200)
        #expect(whole.file == "profile")
        let read = try ProfileReader(packed: whole.body)
        #expect(read.samples.map(\.functions) == [["poll"], ["serve"]])
        #expect(read.samples.map(\.values) == [[3], [4]])
        #expect(read.samples.map { $0.labels["worker"] } == ["poller", "server"])
        #expect(read.samples.map { $0.labels["thread"] } == ["t", "t"])
        #expect(read.mappings.map(\.file) == ["/a", "/b"])
        #expect(read.comments == ["the same of all", "uploader: it is busy"])
        #expect(read.duration == 4)
    }

    @Test func textsStandOneBehindTheOther() {
        let whole = ProfilePages.joined(["b": .text("two\n"), "a": .text("one\n")], page: "heap")
        #expect(String(decoding: whole.body, as: UTF8.self) == "==== a\n\none\n\n==== b\n\ntwo\n")
    }

    @Test func whenNobodyHasOneItIsSaidWhy() {
        let whole = ProfilePages.joined(["a": .problem("busy", status: 500)], page: "profile")
        #expect(whole.status == 500)
        #expect(String(decoding: whole.body, as: UTF8.self) == "a: busy\n")
    }

    @Test func aPartThatDoesNotFitTogetherIsLeftOut() throws {
        var profile = Profile(measures: [.init("samples", "count")], mainMeasure: "samples")
        profile.samples = [.init(stack: [7], values: [1])]
        var answer = ProfileAnswer(body: try JSONEncoder().encode(profile))
        answer.isPart = true
        let whole = ProfilePages.joined(["a": answer, "b": try part("b", 1, mapped: "/b")], page: "profile")
        #expect(try ProfileReader(packed: whole.body).samples.map(\.functions) == [["b"]])
    }
}
