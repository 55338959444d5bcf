import Complaints
import HTTPClient
import Logging
import ObjectStorage
import Synchronization
import TestTools
import Testing

@testable import Uploading

@Suite("What torn uploads left in the store")
struct LeftoversTests {
    private func leftovers(_ store: FakeUploads) throws -> Leftovers {
        let endpoint = try ObjectEndpoint(bucket: "logs", endpoint: store.url, pathStyle: true)
        return Leftovers(
            ObjectStore(
                ObjectStore.Configuration(
                    endpoint: endpoint, credentials: ObjectStoreCredentials(accessKey: "A", secretKey: "B"),
                    signing: .version4(region: "r")),
                http: HTTPClient(HTTPClient.Configuration(proxy: .none))),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, firstPause: .milliseconds(10))
    }

    @Test(arguments: [(403, "RequestTimeTooSkewed"), (404, "NoSuchBucket"), (400, "ExpiredToken"), (503, "SlowDown")])
    func whatPassesIsTriedAgain(status: Int, code: String) async throws {
        let aborted = Mutex(0)
        let store = try FakeUploads(of: "a/stdout", refusals: [(status, code)]) { aborted.withLock { $0 += 1 } }
        let leftovers = try leftovers(store)
        await leftovers.add("a/stdout")
        #expect(aborted.withLock { $0 } == 1)
        #expect(await leftovers.count == 0)
        store.stop()
    }

    @Test func whoMayNotDoItDoesNotTryForEver() async throws {
        let store = try FakeUploads(of: "a/stdout", refusals: [(403, "AccessDenied")]) {}
        let leftovers = try leftovers(store)
        await leftovers.add("a/stdout")
        await leftovers.add("a/stderr")
        #expect(await leftovers.count == 0)
        #expect(store.listings == 1)
        store.stop()
    }

    @Test func whatOthersLeftIsLookedForOnce() async throws {
        let store = try FakeUploads(of: "a/stdout") {}
        let leftovers = try leftovers(store)
        for _ in 0..<3 { await leftovers.addPast("a/stdout") }
        #expect(store.listings == 1)
        store.stop()
    }

    @Test func whatIsBeingUploadedIsLeftAlone() async throws {
        let store = try FakeUploads(of: "a/stdout") {}
        let leftovers = try leftovers(store)
        await leftovers.begin("a/stdout")
        let sweeping = Task { await leftovers.add("a/stdout") }
        try await waitUntil("the key's being known") { await leftovers.count == 1 }
        #expect(store.listings == 0, "what is being uploaded is wanted")
        await leftovers.end("a/stdout")
        await sweeping.value
        #expect(store.listings == 1)
        store.stop()
    }
}
