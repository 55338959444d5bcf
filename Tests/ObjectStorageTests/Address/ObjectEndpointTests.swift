import Testing

@testable import ObjectStorage

@Suite struct ObjectEndpointTests {
    private func url(_ endpoint: ObjectEndpoint) -> String {
        endpoint.origin + endpoint.request(.get, key: "a b/c").target
    }

    @Test(
        "Buckets at Amazon",
        arguments: [
            ("logs", "eu-central-1", false, "https://logs.s3.eu-central-1.amazonaws.com/a%20b/c"),
            ("logs", "us-east-1", false, "https://logs.s3.amazonaws.com/a%20b/c"),
            ("logs", "cn-north-1", false, "https://logs.s3.cn-north-1.amazonaws.com.cn/a%20b/c"),
            ("logs", "us-east-1", true, "https://s3.amazonaws.com/logs/a%20b/c"),
            ("my.logs", "us-west-2", false, "https://s3.us-west-2.amazonaws.com/my.logs/a%20b/c"),
            ("Old_Logs", "us-east-1", false, "https://s3.amazonaws.com/Old_Logs/a%20b/c"),
        ])
    func amazon(_ bucket: String, _ region: String, _ pathStyle: Bool, _ expected: String) {
        let endpoint = ObjectEndpoint(bucket: bucket, region: region, pathStyle: pathStyle)
        #expect(url(endpoint) == expected)
        #expect(endpoint.request(.get, key: "a b/c").resource == "/\(bucket)/a%20b/c")
    }

    @Test(
        "Buckets at other stores with version 4",
        arguments: [
            ("logs", "https://s3.example.com", false, "https://logs.s3.example.com/a%20b/c"),
            ("logs", "https://S3.Example.com:443/", true, "https://s3.example.com/logs/a%20b/c"),
            ("logs", "http://127.0.0.1:9000", false, "http://127.0.0.1:9000/logs/a%20b/c"),
            ("logs", "http://[::1]:9000/base/", false, "http://[::1]:9000/base/logs/a%20b/c"),
            ("logs", "http://minio", false, "http://minio/logs/a%20b/c"),
            ("logs", "https://logs.s3.example.com", false, "https://logs.s3.example.com/a%20b/c"),
            ("my.logs", "https://s3.example.com", false, "https://s3.example.com/my.logs/a%20b/c"),
            ("my.logs", "http://s3.example.com:80", false, "http://my.logs.s3.example.com/a%20b/c"),
        ])
    func custom(_ bucket: String, _ endpoint: String, _ pathStyle: Bool, _ expected: String) throws {
        #expect(try url(ObjectEndpoint(bucket: bucket, endpoint: endpoint, pathStyle: pathStyle)) == expected)
    }

    @Test(
        "The endpoint of s3goamz is the bucket's own, or the bucket is in the path; it is always in what is signed",
        arguments: [
            ("complainer", "https://complainer.s3.example.com", "https://complainer.s3.example.com/a%20b/c"),
            ("complainer", "https://complainer.s3.example.com/", "https://complainer.s3.example.com/a%20b/c"),
            ("complainer", "https://s3.example.com/complainer/", "https://s3.example.com/complainer/a%20b/c"),
            ("complainer", "https://s3.example.com/x/complainer", "https://s3.example.com/x/complainer/a%20b/c"),
            ("complainer", "http://s3.example.com:7480", "http://s3.example.com:7480/complainer/a%20b/c"),
            ("complainer", "https://complainers.example.com", "https://complainers.example.com/complainer/a%20b/c"),
            (
                "complainer", "https://s3.example.com/xcomplainer",
                "https://s3.example.com/xcomplainer/complainer/a%20b/c"
            ),
            ("my.logs", "https://my.logs.s3.example.com", "https://my.logs.s3.example.com/a%20b/c"),
        ])
    func goamz(_ bucket: String, _ endpoint: String, _ expected: String) throws {
        let endpoint = try ObjectEndpoint(bucket: bucket, goamzEndpoint: endpoint)
        #expect(url(endpoint) == expected)
        #expect(endpoint.request(.put, key: "a b/c").resource == "/\(bucket)/a%20b/c")
    }

    @Test("A move to another region changes Amazon's host and nobody else's")
    func moved() throws {
        let amazon = ObjectEndpoint(bucket: "logs", region: "us-east-1")
        #expect(url(amazon.moved(to: "eu-west-1")) == "https://logs.s3.eu-west-1.amazonaws.com/a%20b/c")
        let own = try ObjectEndpoint(bucket: "logs", endpoint: "https://s3.example.com", pathStyle: true)
        #expect(own.moved(to: "eu-west-1") == own)
    }

    @Test(
        "What is no endpoint says why, without what may be a key",
        arguments: [
            "", "s3.example.com", "ftp://h", "https://", "https:///p", "https://h:0", "https://h:65536", "https://h:",
            "https://h:99999999999999999999", "https://KEY:SECRET@h", "https://h/?x", "https://h/#f", "https://h h",
            "https://h\r\nX: y", "https://hö", "https://h/ö", "https://[::1", "https://a:b:80", "https://%68",
        ])
    func invalid(_ endpoint: String) {
        #expect(throws: ObjectEndpoint.Invalid.self) { try ObjectEndpoint(bucket: "logs", goamzEndpoint: endpoint) }
        do {
            _ = try ObjectEndpoint(bucket: "logs", endpoint: endpoint, pathStyle: false)
        } catch {
            #expect(!error.description.contains("SECRET"))
        }
    }
}
