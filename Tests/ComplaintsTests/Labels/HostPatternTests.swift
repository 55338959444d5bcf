import Complaints
import Testing

@Suite("Hosts that labels may name")
struct HostPatternTests {
    private func matches(_ pattern: String, _ url: String) -> Bool {
        HostPattern(pattern)?.matches(url: url) == true
    }

    @Test(arguments: [
        ("jira.example.com", "https://jira.example.com/x"), ("jira.example.com", "http://jira.example.com"),
        ("jira.example.com", "https://JIRA.Example.com./x?y"), ("Jira.example.COM.", "https://jira.example.com:443/"),
        ("jira.example.com:8443", "https://jira.example.com:8443"), ("*.example.com", "https://a.b.example.com/"),
        ("jira.example.com", "https://user:password@jira.example.com/"), ("10.0.0.1", "http://10.0.0.1/"),
        ("[2001:db8::1]:8443", "https://[2001:DB8::1]:8443/"), ("mail.example.com", "smtp://mail.example.com:587"),
        ("xn--bcher-kva.example", "https://xn--bcher-kva.example/"),
    ])
    func leadsThere(_ pattern: String, _ url: String) { #expect(matches(pattern, url)) }

    @Test(arguments: [
        ("jira.example.com", "https://jira.example.com@evil.com/"),
        ("jira.example.com", "https://evil.com/jira.example.com"),
        ("jira.example.com", "https://evil.com#@jira.example.com/"),
        ("jira.example.com", "https://evil.com?@jira.example.com"),
        ("jira.example.com", "https://a@evil.com@jira.example.com/"),
        ("jira.example.com", "https://evil.com\\@jira.example.com/"),
        ("jira.example.com", "https://jira.example.com.evil.com/"),
        ("jira.example.com", "https://jira.example.com:8443/"),
        ("jira.example.com:8443", "https://jira.example.com/"), ("*.example.com", "https://example.com/"),
        ("*.example.com", "https://evilexample.com/"), ("*.example.com", "https://example.com.evil/"),
        ("jira.example.com", "https://jira%2eexample.com/"), ("jira.example.com", "https://jira.example.com../"),
        ("jira.example.com", "https://ｊira.example.com/"), ("127.0.0.1", "http://2130706433/"),
        ("127.0.0.1", "http://0x7f.0.0.1/"), ("127.0.0.1", "http://127.1/"), ("::1", "http://[::1%25lo]/"),
        ("jira.example.com", "ftp://jira.example.com/"), ("jira.example.com", "jira.example.com"),
        ("jira.example.com", "https:///jira.example.com/"), ("jira.example.com", "https://jira.example.com:99999/"),
        ("jira.example.com", "https:\\\\jira.example.com"), ("jira.example.com", ""),
    ])
    func leadsElsewhere(_ pattern: String, _ url: String) { #expect(!matches(pattern, url)) }

    @Test(arguments: ["", "*", "*.", "*.1.1", "a b", "https://a.example", "a/b", "a@b", "*.*.a", "a:0", "ä.example"])
    func isNoPattern(_ text: String) { #expect(HostPattern(text) == nil) }
}
