import Testing

@testable import DockerClient

@Suite struct ImageReferenceTests {
    @Test(
        arguments: [
            ("busybox", nil, "busybox", nil, nil),
            ("busybox:1.35", nil, "busybox", "1.35", nil),
            ("library/busybox", nil, "library/busybox", nil, nil),
            ("registry.example.com/web:2", "registry.example.com", "registry.example.com/web", "2", nil),
            ("host:5000/name", "host:5000", "host:5000/name", nil, nil),
            ("host:5000/a/b:tag", "host:5000", "host:5000/a/b", "tag", nil),
            ("localhost/web", "localhost", "localhost/web", nil, nil),
            ("[::1]:5000/web:1", "[::1]:5000", "[::1]:5000/web", "1", nil),
            ("web@sha256:00ff", nil, "web", nil, "sha256:00ff"),
            ("host:5000/web:1@sha256:00ff", "host:5000", "host:5000/web", "1", "sha256:00ff"),
        ] as [(String, String?, String, String?, String?)])
    func namesComeApart(_ text: String, _ registry: String?, _ repository: String, _ tag: String?, _ digest: String?)
        throws
    {
        let reference = try #require(ImageReference(text))
        #expect(reference.registry == registry)
        #expect(reference.repository == repository)
        #expect(reference.tag == tag)
        #expect(reference.digest == digest)
        #expect(reference.description == text)
        #expect(reference.wanted == digest ?? tag ?? "latest")
    }

    @Test(arguments: ["", ":1", "@sha256:00", "web:", "web@", "web@00", "/web", "web/", "a b", "käse"])
    func whatIsNoNameIsNone(text: String) {
        #expect(ImageReference(text) == nil)
    }
}
