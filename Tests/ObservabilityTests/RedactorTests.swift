import Testing

@testable import Observability

struct RedactorTests {
    private func redactor(_ secrets: String...) -> Redactor {
        let redactor = Redactor()
        redactor.register(secrets)
        return redactor
    }

    @Test(
        arguments: [
            ("token is s3cr3t!", "token is ***"), ("s3cr3t!", "***"), ("s3cr3t!s3cr3t!", "******"),
            ("xs3cr3t!y", "x***y"), ("s3cr3t", "s3cr3t"), ("", ""), ("s3cr3t%21 as in a URL", "*** as in a URL"),
        ])
    func `a registered value is replaced wherever it stands`(text: String, expected: String) {
        #expect(redactor("s3cr3t!").redact(text) == expected)
    }

    @Test func `the longer of two secrets is replaced as a whole`() {
        #expect(redactor("abcd", "abcdefgh").redact("1 abcdefgh 2 abcd 3") == "1 *** 2 *** 3")
        #expect(redactor("abcdefgh", "abcd").redact("abcdefgh") == "***")
    }

    @Test func `a secret that overlaps itself, or a URL's user info, is replaced once`() {
        #expect(redactor("aaaa").redact("aaaaaa") == "***aa")
        #expect(redactor("u:pass").redact("http://u:pass@h") == "http://***@h")
        #expect(redactor("http://u:p@h/hook").redact("to http://u:p@h/hook.") == "to ***.")
    }

    @Test func `short values are left alone`() {
        #expect(redactor("abc", "", "é€").redact("abc é€") == "abc é€")
    }

    @Test func `secrets may be of any script`() {
        #expect(redactor("пароль").redact("мой пароль, да") == "мой ***, да")
    }

    @Test func `what was registered stays secret`() {
        let redactor = redactor("first-secret")
        redactor.register(["second-secret"])
        #expect(redactor.redact("first-secret second-secret") == "*** ***")
    }

    @Test(
        arguments: [
            ("http://user:pass@host/x", "http://***@host/x"),
            ("https://key@sentry.example/1", "https://***@sentry.example/1"),
            ("a http://u:p@h1:5050,http://u:p@h2 b", "a http://***@h1:5050,http://***@h2 b"),
            ("http://u:p@@h", "http://***@h"), ("smtp://me%40x:p@h", "smtp://***@h"),
            ("http://host/a@b", "http://host/a@b"),
            ("http://host?q=a@b", "http://host?q=a@b"), ("http://host and me@x", "http://host and me@x"),
            ("mail me@example.com", "mail me@example.com"), ("://@h", "://@h"), ("http://", "http://"), (":", ":"),
            ("x:/", "x:/"), ("\"http://u:p@h\"", "\"http://***@h\""),
        ])
    func `user info in URLs is replaced without being registered`(text: String, expected: String) {
        #expect(Redactor().redact(text) == expected)
    }

    @Test func `registering and redacting at the same time is safe`() async {
        let redactor = Redactor()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    for round in 0..<50 {
                        redactor.register(["secret-\(index)-\(round)"])
                        #expect(redactor.redact("a secret-\(index)-\(round) b") == "a *** b")
                    }
                }
            }
        }
    }
}
