import HTTPClient

/// The parts of a request that a signature covers, independent of how it is sent.
public struct SignableRequest: Sendable, Equatable {
    /// A parameter of the query, not encoded. One without a value (`?uploads`) has nil.
    public struct Parameter: Sendable, Equatable {
        public var name: String
        public var value: String?

        public init(_ name: String, _ value: String? = nil) {
            self.name = name
            self.value = value
        }
    }

    public var method: HTTPMethod
    /// As in the `Host` header: with the port unless it is the scheme's own.
    public var host: String
    /// The path as it is sent: encoded, beginning with a slash.
    public var path: String
    /// What a version 2 signature covers instead of the path: `/bucket/` and the encoded key, wherever the bucket is in
    /// the URL.
    public var resource: String
    public var query: [Parameter]
    /// All of them are covered by a version 4 signature; those that are not sent exactly like this do not belong here.
    public var headers: HTTPHeaders

    public init(
        method: HTTPMethod, host: String, path: String, resource: String, query: [Parameter] = [],
        headers: HTTPHeaders = HTTPHeaders()
    ) {
        self.method = method
        self.host = host
        self.path = path
        self.resource = resource
        self.query = query
        self.headers = headers
    }

    /// The query as it is sent: encoded, in its own order, without a question mark.
    var queryText: String {
        query.map { parameter in
            URIEncoding.query(parameter.name) + (parameter.value.map { "=" + URIEncoding.query($0) } ?? "")
        }.joined(separator: "&")
    }

    /// Path and query as they are sent.
    var target: String { query.isEmpty ? path : path + "?" + queryText }

    /// Names in lower case and sorted by bytes; values without blanks around them; several values of a name in their
    /// order, joined with commas. Version 4 also takes runs of blanks as one, version 2 keeps them.
    static func canonical(_ headers: HTTPHeaders, foldsBlanks: Bool) -> [(name: String, value: String)] {
        var values: [String: [String]] = [:]
        for field in headers {
            let value = foldsBlanks ? folded(field.value) : trimmed(field.value)
            values[field.name.lowercased(), default: []].append(value)
        }
        return values.map { (name: $0.key, value: $0.value.joined(separator: ",")) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private static func folded(_ value: String) -> String {
        value.split(whereSeparator: isBlank).joined(separator: " ")
    }

    private static func trimmed(_ value: String) -> String {
        String(value.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    private static func isBlank(_ character: Character) -> Bool {
        character == " " || character == "\t"
    }
}
