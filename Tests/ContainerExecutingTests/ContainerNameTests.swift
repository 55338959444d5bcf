import Testing

@testable import ContainerExecuting

@Suite struct ContainerNameTests {
    @Test func digestsAreThoseOfRFC3174() {
        func hex(_ text: String) -> String {
            SHA1.digest(Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        #expect(hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(
            hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
        #expect(hex(String(repeating: "a", count: 1_000_000)) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
    }

    /// Expected values from Python: `uuid.uuid5(uuid.UUID(int=0), name)`.
    @Test(arguments: [
        ("web.5e1ed2a4-3b1a-4ad7-9e7e-c6f2a1c8a2aa", "f3dd27ad-472a-5c92-818b-91cd2c91f891"),
        ("", "e129f27c-5103-5c5c-844b-cdf0a15e160d"),
        ("käse:1 2%", "24501f5d-54a5-50a9-99cf-0ac63051b46a"),
        (String(repeating: "x", count: 55), "26731a95-b6a6-514a-96ae-435ec48fba7b"),
        (String(repeating: "x", count: 64), "40a219ca-3143-5564-92e9-07d0f42f6203"),
    ])
    func namesAreUUIDsOfTheTask(task: String, expected: String) {
        #expect(ContainerName.make(taskID: task) == "mesos-" + expected)
        #expect(ContainerName.make(taskID: task, prefix: "task-") == "task-" + expected)
    }
}
