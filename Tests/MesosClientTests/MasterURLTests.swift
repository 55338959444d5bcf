import HTTPClient
import Testing

@testable import MesosClient

@Suite struct MasterURLTests {
    @Test(arguments: [
        ("http://m:5050", "http://m:5050"), ("m:5050", "http://m:5050"), ("10.0.0.1:5050/", "http://10.0.0.1:5050"),
        ("https://m/mesos/", "https://m/mesos"), ("HTTP://m:5050//", "http://m:5050"), (" m:5050 ", "http://m:5050"),
        ("http://[::1]:5050/a/b", "http://[::1]:5050/a/b"), ("[::1]", "http://[::1]"), ("m", "http://m"),
        ("http://user:pa%40ss@m:5050/x", "http://m:5050/x"), ("user:p@ss@m:5050", "http://m:5050"),
    ])
    func addressesThatWork(text: String, expected: String) throws {
        let url = try MasterURL(text)
        #expect(url.description == expected)
        #expect(url.url("/master/state") == expected + "/master/state")
    }

    @Test(arguments: [
        "", " ", "http://", "ftp://m", "m:0", "m:65536", "m:port", "m:", "http://m?x", "m#x", "::1", "http:///path",
        "a b:5050", "[]:5050", "user@",
    ])
    func addressesThatDoNot(text: String) {
        #expect(throws: MasterURL.Invalid.self) { try MasterURL(text) }
    }

    @Test func credentials() throws {
        #expect(try MasterURL("m:5050").credentials == .none)
        #expect(try MasterURL("http://u%3a:p%40%zz:x@m").credentials == .basic(user: "u:", password: "p@%zz:x"))
        #expect(try MasterURL("u@m").credentials == .basic(user: "u", password: ""))
        #expect(try !"\(MasterURL("http://u:secret@m"))".contains("secret"))
    }

    @Test(arguments: [
        ("http://m:5050", "//leader:5050/master/state", "http://leader:5050"),
        ("https://m", "//leader:5050/master/state", "https://leader:5050"),
        ("http://m", "//leader:5050", "http://leader:5050"), ("http://m", "//leader:5050/", "http://leader:5050"),
        ("http://m/p", "http://leader/p/master/state", "http://leader/p"),
        ("http://m", "https://leader/master/state", "https://leader"),
    ])
    func redirects(from: String, location: String, expected: String) throws {
        let target = try MasterURL(from).redirected(to: location, from: "/master/state")
        #expect(target?.description == expected)
    }

    @Test(arguments: ["/master/state", "state", "", "//", "//m:5050/master/state", "ftp://x", "//a b/"])
    func redirectsThatLeadNowhere(location: String) throws {
        #expect(try MasterURL("http://m:5050").redirected(to: location, from: "/master/state") == nil)
    }

    @Test func credentialsGoAlongButNeverInTheClear() throws {
        let secret = try MasterURL("https://u:p@m")
        #expect(secret.redirected(to: "//leader/api/v1", from: "/api/v1")?.credentials == secret.credentials)
        #expect(secret.redirected(to: "http://leader/api/v1", from: "/api/v1")?.credentials == HTTPCredentials.none)
        let plain = try MasterURL("http://u:p@m")
        #expect(plain.redirected(to: "https://leader/api/v1", from: "/api/v1")?.credentials == plain.credentials)
        // What a redirect itself brings is not believed.
        #expect(try MasterURL("m").redirected(to: "//x:y@leader", from: "/api/v1")?.credentials == HTTPCredentials.none)
    }

    @Test func processes() throws {
        let master = try MasterURL("https://u:p@m/prefix")
        let process = try #require(ProcessID("master@10.0.0.2:5050"))
        #expect(master.at(process).description == "https://10.0.0.2:5050/prefix")
        #expect(try MasterURL("m").at(#require(ProcessID("master@[::2]:5050"))).description == "http://[::2]:5050")
        #expect(ProcessID("slave(1)@[fe80::1]:5051") == ProcessID("slave(1)@fe80::1:5051"))
        for text in ["", "@", "a@", "a@b", "a@b:", "a@:5", "a@b:0", "a@b:99999", "b:5", "a@b:x"] {
            #expect(ProcessID(text) == nil)
        }
    }

    @Test func percentEncoding() {
        #expect(PercentEncoding.encode("a b:%/ä~") == "a%20b%3A%25%2F%C3%A4~")
        #expect(PercentEncoding.decode("a%20b%3A%+1%zz%4") == "a b:%+1%zz%4")
    }
}
