import Foundation
import HTTPClient
import Testing

@testable import ObjectStorage

/// Random requests whose signatures were made by botocore: see Tests/Support/s3/make_signatures.py.
@Suite struct BotocoreTests {
    struct Line: Decodable {
        var form, method, host, bucket, key, body, region, access, secret, expected: String
        var token: String?
        var query: [[String?]]
        var headers: [[String]]
        var time, seconds: Int64
        var unsigned: Bool?

        var request: SignableRequest {
            let path = "/\(bucket)/\(URIEncoding.path(key))"
            return SignableRequest(
                method: HTTPMethod(method), host: host, path: path, resource: path,
                query: query.map { .init(($0.first ?? nil) ?? "", $0.last ?? nil) },
                headers: HTTPHeaders(headers.map { ($0[0], $0[1]) }))
        }

        /// The signature of ours.
        func signature() -> String? {
            let credentials = ObjectStoreCredentials(accessKey: access, secretKey: secret, sessionToken: token)
            let v4 = SignatureV4(credentials: credentials, region: region)
            let v2 = SignatureV2(credentials: credentials)
            let moment = RequestTime(secondsSince1970: time)
            switch form {
            case "v4-header":
                let payload: SignatureV4.Payload = unsigned == true ? .unsigned : .signed(Array(body.utf8))
                return part(
                    v4.headers(for: request, payload: payload, at: moment)["Authorization"], after: "Signature=")
            case "v4-query":
                return part(v4.signedTarget(for: request, seconds: seconds, at: moment), after: "X-Amz-Signature=")
            case "v2-header":
                return part(v2.headers(for: request, at: moment)["Authorization"], after: ":")
            default:
                let target = v2.signedTarget(for: request, seconds: seconds, at: moment)
                return part(target, after: "&Signature=", or: "?Signature=")?.removingPercentEncoding
            }
        }

        private func part(_ text: String?, after marks: String...) -> String? {
            part(text, marks)
        }

        private func part(_ text: String?, after mark: String, or other: String) -> String? {
            part(text, [mark, other])
        }

        private func part(_ text: String?, _ marks: [String]) -> String? {
            marks.lazy.compactMap { text?.range(of: $0) }.first.flatMap { range in
                text.map { String($0[range.upperBound...]) }
            }
        }
    }

    @Test("botocore signs 200 random requests in the same way")
    func signatures() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Support/s3/signatures.jsonl")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 200)
        for (number, text) in lines.enumerated() {
            let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            #expect(line.signature() == line.expected, "line \(number + 1): \(line.form) \(line.key)")
        }
    }
}
