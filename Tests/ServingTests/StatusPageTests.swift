import Complaints
import Foundation
import HTTPClient
import Supervision
import Testing

@testable import Serving

/// The page for people.
@Suite struct StatusPageTests {
    private static let noon = Timestamp(nanoseconds: 1_795_262_400_000_000_000)

    private static func failure(_ name: String) -> Failure {
        var failure = Failure(
            id: "\(name).1", name: name, slave: "agent-7", framework: "marathon", image: "busybox:1",
            state: "TASK_FAILED",
            started: Timestamp(nanoseconds: noon.nanoseconds - 125_000_000_000),
            finished: Timestamp(nanoseconds: noon.nanoseconds - 65_000_000_000), labels: ["token": "s3cr3t"],
            frameworkID: "f-1", agentID: "a-1")
        failure.message = "exited with status 3"
        return failure
    }

    private static func item(
        _ failure: Failure, stdout: String = "https://store/o?X-Sig=a&b", stderr: String = "http://store/e",
        reports: [CaseAnswer.Report] = []
    ) -> CaseAnswer {
        var evidence = Evidence(stdoutURL: stdout, stderrURL: stderr)
        evidence.stderrTail = "Segmentation fault\n"
        return CaseAnswer(
            id: 7, key: failure.key, failure: failure, state: "done", attempts: 1, error: nil,
            detected: failure.finished, updated: failure.finished, evidence: evidence, reports: reports)
    }

    private static func page(_ items: [CaseAnswer], ok: Bool = true) -> StatusPage {
        StatusPage(
            instance: "default", health: HealthAnswer(ok: ok, reason: ok ? nil : "no master answers", mode: "stream"),
            workers: [WorkerReport(role: "poller", state: "ready")],
            summary: SummaryAnswer(
                cases: ["done": 3, "delivering": 1], deliveries: ["slack": ["delivered": 3, "poisoned": 1]], backlog: 1,
                ledger: "/var/lib/l", mode: "disk"),
            failures: items, now: noon)
    }

    @Test func aFailureHasItsLogsItsReportsAndItsAge() {
        let reports = [
            CaseAnswer.Report(
                reporter: "slack", instance: "default", state: "failed", attempts: 1, error: "404 channel_not_found",
                updated: Self.noon),
            CaseAnswer.Report(
                reporter: "file", instance: "ops", state: "delivered", attempts: 0, error: nil, updated: Self.noon),
        ]
        let html = Self.page([Self.item(Self.failure("web"), reports: reports)]).html.source
        #expect(html.contains("<a href=\"https://store/o?X-Sig=a&amp;b\">stdout</a>"))
        #expect(html.contains("<a href=\"http://store/e\">stderr</a>"))
        #expect(html.contains("1 min ago") && html.contains("exited with status 3"))
        #expect(html.contains("<span class=\"badge bad\">slack failed</span>"))
        #expect(html.contains("<span class=\"badge good\">file/ops delivered</span>"))
        #expect(html.contains("failed after 1 try: 404 channel_not_found"))
        #expect(html.contains("<pre>Segmentation fault\n</pre>"))
        #expect(!html.contains("s3cr3t"), "labels may hold secrets")
    }

    @Test(arguments: ["<script>alert(1)</script>", "\"onmouseover=\"x", "'><img src=x>", "&lt;b&gt;", "\u{202E}evil"])
    func strangersWordsStayWords(word: String) {
        var failure = Self.failure(word)
        failure.message = word
        failure.framework = word
        let reports = [
            CaseAnswer.Report(
                reporter: word, instance: word, state: word, attempts: 2, error: word, updated: Self.noon)
        ]
        var page = Self.page([
            Self.item(failure, stdout: "javascript:\(word)", stderr: "https://\(word)", reports: reports)
        ])
        page.instance = word
        page.trouble = word
        let html = page.html.source
        let parser = try? PageReader(html)
        #expect(parser?.tags.isSubset(of: PageReader.ours) == true, "\(parser?.tags.sorted() ?? ["unreadable"])")
        #expect(!html.contains("javascript:"), "no link to that")
        #expect(!html.contains("\u{202E}"))
        #expect(
            parser?.attributes.isSubset(of: PageReader.ourAttributes) == true, "\(parser?.attributes.sorted() ?? [])")
    }

    @Test func whatIsWrongIsAtTheTop() throws {
        var page = Self.page([], ok: false)
        page.workers?.append(
            WorkerReport(
                role: "reporter/jira", state: "waiting", restarts: 9, lastExit: "killed by SIGSEGV", crashLooping: true)
        )
        page.summary?.trouble = "the disk is full"
        let html = page.html.source
        #expect(html.contains("<title>✗ complainer (default)</title>"))
        let notes = try #require(html.firstRange(of: "<ul class=\"notes\">"))
        let end = try #require(html.firstRange(of: "</ul>"))
        let list = html[notes.upperBound..<end.lowerBound]
        #expect(list.contains("no master answers") && list.contains("the disk is full"))
        #expect(list.contains("<b>reporter/jira</b> keeps crashing: killed by SIGSEGV"))
        #expect(
            html.contains("<b>4</b> failures") && html.contains("<div class=\"tile bad\"><b>1</b> reports given up"))
        #expect(!Self.page([]).html.source.contains("class=\"notes\""), "nothing to say when all is well")
    }

    @Test func aBrowserAsksAgainOnlyWhenItIsToldTo() {
        #expect(!Self.page([]).html.source.contains("http-equiv"))
        var page = Self.page([])
        page.refresh = 10
        #expect(page.html.source.contains("<meta http-equiv=\"refresh\" content=\"10\">"))
    }

    @Test func itIsServedWithNothingAllowed() async throws {
        let dispatcher = try FakeDispatcher(FakeDispatcher.healthy)
        let instance = try Instance(dispatcher: dispatcher)
        try await instance.ready()
        let response = try await instance.get("/")
        #expect(response.status == 200)
        #expect(response.headers["Content-Type"] == "text/html; charset=utf-8")
        #expect(response.headers["Content-Security-Policy"]?.hasPrefix("default-src 'none'; ") == true)
        #expect(response.headers["Referrer-Policy"] == "no-referrer")
        #expect(response.text.contains("event stream of http://10.0.0.1:5050"))
        #expect(try await instance.get("/?refresh=5").text.contains("content=\"5\""))
        #expect(try await !instance.get("/?refresh=x").text.contains("http-equiv"))
    }

    @Test func withoutTheDispatcherItSaysSo() async throws {
        let dispatcher = try FakeDispatcher(FakeDispatcher.healthy)
        let instance = try Instance(dispatcher: dispatcher)
        try await instance.ready()
        dispatcher.answer { _ in #"{"error":"it starts"}"# }
        let response = try await instance.get("/")
        #expect(response.status == 503)
        #expect(response.text.contains("<li>it starts</li>"))
    }
}

/// The tags and attributes of a page, read as a browser would: enough to see one that should not be there.
private struct PageReader {
    static let ours: Set<String> = [
        "!doctype", "html", "head", "meta", "title", "style", "body", "header", "h1", "small", "span", "ul", "li", "b",
        "section", "div", "h2", "table", "thead", "tr", "th", "tbody", "td", "br", "details", "summary", "time", "a",
        "dl", "dt", "dd", "p", "pre", "footer",
    ]
    static let ourAttributes: Set<String> = [
        "html", "lang", "charset", "name", "content", "class", "datetime", "href",
    ]
    struct Unquoted: Error {}
    var tags: Set<String> = []
    var attributes: Set<String> = []

    init(_ text: String) throws {
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            let body = rest[rest.index(after: open)...].drop { $0 == "/" }
            tags.insert(body.prefix { !$0.isWhitespace && $0 != ">" }.lowercased())
            rest = body.drop { !$0.isWhitespace && $0 != ">" }
            while let next = rest.first, next != ">" {
                if next.isWhitespace {
                    rest.removeFirst()
                    continue
                }
                attributes.insert(rest.prefix { $0 != "=" && $0 != ">" && !$0.isWhitespace }.lowercased())
                rest = rest.drop { $0 != "=" && $0 != ">" && !$0.isWhitespace }
                guard rest.first == "=" else { continue }
                rest.removeFirst()
                guard rest.popFirst() == "\"" else { throw Unquoted() }
                rest = rest.drop { $0 != "\"" }.dropFirst()
            }
        }
    }
}
