import HTTPClient

/// Where a bucket is: the rules that make an object's URL of its key.
public struct ObjectEndpoint: Sendable, Equatable {
    /// Why a text is no endpoint.
    public struct Invalid: Error, Sendable, Equatable, CustomStringConvertible {
        /// Without user info.
        public let endpoint: String
        public let reason: String

        init(_ endpoint: String, _ reason: String) {
            let shown = endpoint.lastIndex(of: "@").map { "…" + endpoint[$0...] } ?? endpoint
            self.endpoint = String(shown.prefix(200))
            self.reason = reason
        }

        public var description: String { "\"\(endpoint)\" is no endpoint of an object store: \(reason)" }
    }

    public let bucket: String
    let url: EndpointURL
    /// What is before the key in the path: ends with a slash.
    let pathPrefix: String
    /// Amazon's own endpoints change with the region.
    private let isAmazon: Bool
    private let wantsPathStyle: Bool

    /// A bucket at Amazon: `bucket.s3.region.amazonaws.com`, in us-east-1 `bucket.s3.amazonaws.com`. The bucket is in
    /// the path instead when asked for, and when its name does not fit into a certificate's wildcard (dots) or a host
    /// name.
    public init(bucket: String, region: String, pathStyle: Bool = false) {
        let service = region == "us-east-1" ? "s3.amazonaws.com" : "s3.\(region).amazonaws.com"
        let suffix = region.hasPrefix("cn-") ? ".cn" : ""
        self.init(
            bucket: bucket, at: EndpointURL(host: service + suffix), isAmazon: true, pathStyle: pathStyle)
    }

    /// A bucket at another store with version 4 signatures. The bucket is put before the host unless it is there
    /// already, or `pathStyle` or the kind of host (an address, a name without dots) asks for the path.
    public init(bucket: String, endpoint: String, pathStyle: Bool) throws(Invalid) {
        let url = try EndpointURL(endpoint)
        if !pathStyle && Self.isOwnHost(url, of: bucket) {
            self.init(bucket: bucket, ownHost: url)
        } else {
            self.init(bucket: bucket, at: url, isAmazon: false, pathStyle: pathStyle)
        }
    }

    /// A bucket as the setting `s3goamz.endpoint` means it: an endpoint whose first label is the bucket, or whose path
    /// ends with it, is the bucket's own and gets nothing added; otherwise the bucket is put into the path.
    public init(bucket: String, goamzEndpoint endpoint: String) throws(Invalid) {
        let url = try EndpointURL(endpoint)
        if Self.isOwnHost(url, of: bucket) || url.path.hasSuffix("/" + URIEncoding.path(bucket)) {
            self.init(bucket: bucket, ownHost: url)
        } else {
            self.init(bucket: bucket, at: url, isAmazon: false, pathStyle: true)
        }
    }

    private init(bucket: String, at url: EndpointURL, isAmazon: Bool, pathStyle: Bool) {
        self.bucket = bucket
        self.isAmazon = isAmazon
        wantsPathStyle = pathStyle
        let fitsHost = Self.isLabel(bucket, allowingDots: !url.isSecure) && url.canHaveSubdomains
        if pathStyle || !fitsHost {
            self.url = url
            pathPrefix = "\(url.path)/\(URIEncoding.path(bucket))/"
        } else {
            var url = url
            url.host = "\(bucket).\(url.host)"
            self.url = url
            pathPrefix = url.path + "/"
        }
    }

    private init(bucket: String, ownHost url: EndpointURL) {
        self.bucket = bucket
        self.url = url
        pathPrefix = url.path + "/"
        isAmazon = false
        wantsPathStyle = false
    }

    /// The same bucket after the store said that it is in another region.
    func moved(to region: String) -> ObjectEndpoint {
        isAmazon ? ObjectEndpoint(bucket: bucket, region: region, pathStyle: wantsPathStyle) : self
    }

    /// Scheme, host and port: what a path is added to.
    var origin: String { "\(url.scheme)://\(url.authority)" }

    /// A request for an object, or for the bucket itself when the key is empty.
    func request(
        _ method: HTTPMethod, key: String, query: [SignableRequest.Parameter] = [], headers: HTTPHeaders = [:]
    ) -> SignableRequest {
        let key = URIEncoding.path(key)
        return SignableRequest(
            method: method, host: url.authority, path: pathPrefix + key,
            resource: "/\(URIEncoding.path(bucket))/\(key)", query: query, headers: headers)
    }

    /// The host begins with the bucket's name, as whole labels.
    private static func isOwnHost(_ url: EndpointURL, of bucket: String) -> Bool {
        !bucket.isEmpty && (url.host + ".").hasPrefix(bucket.lowercased() + ".")
    }

    private static func isLabel(_ bucket: String, allowingDots: Bool) -> Bool {
        (1...63).contains(bucket.utf8.count)
            && bucket.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: allowingDots && byte == UInt8(ascii: ".")
                }
            }
    }
}
