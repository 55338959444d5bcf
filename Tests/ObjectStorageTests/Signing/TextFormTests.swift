import Foundation
import HTTPClient
import Testing

@testable import ObjectStorage

@Suite struct TextFormTests {
    @Test("Only unreserved characters stay as they are; a slash stays in a key")
    func encoding() {
        #expect(URIEncoding.path("A-Za.z_0~9/a b//+é\u{0}\u{7F}") == "A-Za.z_0~9/a%20b//%2B%C3%A9%00%7F")
        #expect(URIEncoding.query("a/b=c&d'(e)*!") == "a%2Fb%3Dc%26d%27%28e%29%2A%21")
        #expect(URIEncoding.path("") == "")
    }

    @Test("Times look like Foundation's", arguments: [0, 951_782_400, 951_868_799, 1_709_251_199, 4_102_444_799])
    func times(_ seconds: Int64) {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        let date = Date(timeIntervalSince1970: Double(seconds))
        let time = RequestTime(secondsSince1970: seconds)
        formatter.dateFormat = "yyyyMMdd'T'HHmmss'Z'"
        #expect(time.basic == formatter.string(from: date))
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        #expect(time.header == formatter.string(from: date))
    }

    @Test("Every day from 1970 to 2110 has its date")
    func days() {
        let formatter = DateFormatter()
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyyMMdd"
        for day in stride(from: Int64(0), to: 51_100, by: 13) {
            let date = Date(timeIntervalSince1970: Double(day * 86_400 + 86_399))
            #expect(RequestTime(secondsSince1970: day * 86_400 + 86_399).day == formatter.string(from: date))
        }
    }

    @Test("A time out of range is the nearest that can be written")
    func extremes() {
        #expect(RequestTime(secondsSince1970: .min).basic == "19700101T000000Z")
        #expect(RequestTime(secondsSince1970: .max).basic == "99991231T235959Z")
    }

    @Test("Values of headers lose the blanks around them, and for version 4 runs of them inside")
    func headers() {
        let headers: HTTPHeaders = ["B": " x  y\t", "a": "", "b": "z"]
        let folded = SignableRequest.canonical(headers, foldsBlanks: true)
        #expect(folded.map(\.name) == ["a", "b"])
        #expect(folded.map(\.value) == ["", "x y,z"])
        #expect(SignableRequest.canonical(headers, foldsBlanks: false).map(\.value) == ["", "x  y,z"])
    }

    @Test("Credentials never print their secrets")
    func redaction() {
        let credentials = ObjectStoreCredentials(accessKey: "ACCESS", secretKey: "SECRET", sessionToken: "TOKEN")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            for secret in ["ACCESS", "SECRET", "TOKEN"] { #expect(!text.contains(secret)) }
        }
    }
}
