import HTTPClient
import ObjectStorage
import Synchronization
import Testing

/// Logs in a real object store that checks what it is told.
@Suite(.serialized, .enabled(if: CephGateway.isWanted, "a Ceph gateway needs the packages radosgw, ceph-mon, ceph-osd"))
struct ObjectStorageTests {
    @Test("A log of any size comes back byte by byte through its link, and leaves no upload behind")
    func sizes() async throws {
        let part = LogUpload.partBytes
        try await CephGateway.run { gateway in
            for signing in gateway.signings {
                let store = try gateway.store(signing)
                let uploader = LogUploader(store)
                let eight = 8 << 20
                for size in [0, 1, part - 1, part, part + 1, eight - 1, eight, eight + 1, 20 << 20] {
                    let content = Noise.bytes(size, seed: size)
                    let offset = Mutex(0)
                    let stored = try await uploader.upload("log-\(size)") {
                        offset.withLock { offset in
                            let chunk = content[offset..<min(size, offset + 300_000)]
                            offset = chunk.endIndex
                            return chunk.isEmpty ? nil : Array(chunk)
                        }
                    }
                    #expect(stored.bytes == Int64(size))
                    #expect(stored.parts == (size <= part ? 0 : (size + part - 1) / part))
                    #expect(try await store.size(of: "log-\(size)") == Int64(size))
                    let answer = try await get(store.presignedGet("log-\(size)", expires: .seconds(60)))
                    #expect(answer.status == 200)
                    #expect(answer.body == content, "\(size) bytes, \(signing)")
                    #expect(answer.headers["Content-Type"] == ObjectStore.logContentType)
                }
                #expect(try await store.listUploads() == [])
            }
        }
    }

    @Test("Every key is that very key")
    func keys() async throws {
        let printable = String(String.UnicodeScalarView((0x20..<0x7F).compactMap { Unicode.Scalar($0) }))
        let keys =
            printable.map { "x\($0)y" } + [
                printable, " ", " both ends ", "a  b", "/first", "last/", "a//b", "./a", "a/../b", "a/./b", "..", "%41",
                "%2F", "a+b c", "?uploads", "#x", "ü/漢字/😀", "e\u{301}\u{E9}", "\u{A0}",
                String(repeating: "k", count: 1_024),
            ]
        try await CephGateway.run { gateway in
            for signing in gateway.signings {
                let store = try gateway.store(signing)
                for key in keys {
                    try await store.put(key, Array(key.utf8))
                }
                for key in keys {
                    let answer = try await get(store.presignedGet(key, expires: .seconds(60)))
                    #expect(String(decoding: answer.body, as: UTF8.self) == key, "\(signing)")
                }
                // The store's own idea of the key.
                let upload = try await store.begin("\(printable)ü😀")
                #expect(try await store.listUploads(prefix: " !") == [upload])
                try await store.abort(upload)
                try await store.abort(upload)
                #expect(try await store.listUploads() == [])
            }
        }
    }

    @Test("The bucket in the host name, over https, with bodies that are not signed")
    func ownHost() async throws {
        try await CephGateway.run { gateway in
            let http = HTTPClient(
                HTTPClient.Configuration(tls: TLSOptions(caFile: gateway.authority), proxy: .none))
            let endpoint = try ObjectEndpoint(
                bucket: gateway.bucket,
                goamzEndpoint: gateway.secureEndpoint.replacing("//", with: "//\(gateway.bucket)."))
            for signing in gateway.signings {
                var configuration = ObjectStore.Configuration(
                    endpoint: endpoint, credentials: gateway.credentials, signing: signing)
                configuration.signsBodies = false
                let store = ObjectStore(configuration, http: http)
                try await store.put("a key", Array("\(signing)".utf8))
                let url = store.presignedGet("a key", expires: .seconds(60))
                #expect(url.hasPrefix("https://\(gateway.bucket).localhost:"))
                #expect(try await http.send(HTTPRequest(.get, url)).body == Array("\(signing)".utf8))
                let inPath = try gateway.store(signing)
                #expect(try await inPath.size(of: "a key") == Int64("\(signing)".utf8.count))
            }
        }
    }

    @Test("What the store refuses is named: secrets, buckets, clocks; a link ends")
    func refusals() async throws {
        try await CephGateway.run { gateway in
            for signing in gateway.signings {
                var wrong = gateway.credentials
                wrong.secretKey += "x"
                let liar = try gateway.store(signing, credentials: wrong)
                #expect(await code { try await liar.put("k", [1]) } == "SignatureDoesNotMatch")
                wrong.accessKey = "NOBODY"
                let nobody = try gateway.store(signing, credentials: wrong)
                #expect(await code { try await nobody.put("k", [1]) } == "InvalidAccessKeyId")
                let missing = try gateway.store(signing, bucket: "no-such-bucket")
                #expect(await code { try await missing.put("k", [1]) } == "NoSuchBucket")
                #expect(await code { _ = try await missing.begin("k") } == "NoSuchBucket")

                let early = try gateway.store(signing) {
                    RequestTime(secondsSince1970: RequestTime.now.secondsSince1970 - 3_600)
                }
                do throws(ObjectStoreError) {
                    try await early.put("k", [1])
                    Issue.record("a clock an hour late was let through")
                } catch {
                    guard case .clocksDiffer = error.kind else { throw error }
                }
                let store = try gateway.store(signing)
                try await store.put("k", [1])
                #expect(try await get(early.presignedGet("k", expires: .seconds(60))).status == 403)
                #expect(try await get(liar.presignedGet("k", expires: .seconds(60))).status == 403)
                #expect(try await store.size(of: "not there") == nil)

                let upload = try await store.begin("k")
                let small = try await store.uploadPart(upload, number: 1, [1])
                let last = try await store.uploadPart(upload, number: 2, [2])
                #expect(await code { try await store.complete(upload, parts: [small, last]) } == "EntityTooSmall")
                try await store.abort(upload)
                #expect(await code { _ = try await store.uploadPart(upload, number: 1, [1]) } == "NoSuchUpload")
            }
        }
    }

    @Test(
        "OpenStack Swift, which checks the region and every header, takes what we sign with version 4",
        .enabled(if: OpenStackSwift.isWanted, "it needs the packages swift-proxy, swift-object, memcached and so on"))
    func openStackSwift() async throws {
        let part = LogUpload.partBytes
        try await OpenStackSwift.run { server in
            let store = try server.store(.version4(region: server.region))
            let uploader = LogUploader(store)
            for size in [0, 1, part, part + 1, 20 << 20] {
                let content = Noise.bytes(size, seed: size)
                let offset = Mutex(0)
                let key = "a log/\(size) (ü) +%~"
                let stored = try await uploader.upload(key) {
                    offset.withLock { offset in
                        let chunk = content[offset..<min(size, offset + 300_000)]
                        offset = chunk.endIndex
                        return chunk.isEmpty ? nil : Array(chunk)
                    }
                }
                #expect(stored.bytes == Int64(size))
                let answer = try await get(store.presignedGet(key, expires: .seconds(60)))
                #expect(answer.status == 200 && answer.body == content, "\(size) bytes: \(answer.status)")
            }
            #expect(try await store.listUploads() == [])

            let elsewhere = try server.store(.version4(region: "eu-central-1"))
            try await store.put("k", [1])
            #expect(try await get(elsewhere.presignedGet("k", expires: .seconds(60))).status == 400)
            // The refusal names the right region, which is used from then on.
            try await elsewhere.put("k", [2])
            #expect(try await get(elsewhere.presignedGet("k", expires: .seconds(60))).body == [2])
            let old = try server.store(.version2)
            try await old.put("old", [1, 2])
            #expect(try await get(old.presignedGet("old", expires: .seconds(60))).body == [1, 2])
        }
    }

    private func get(_ url: String) async throws -> HTTPResponse {
        var request = HTTPRequest(.get, url)
        request.maxBodyBytes = 64 << 20
        return try await Self.http.send(request)
    }

    private static let http = HTTPClient(HTTPClient.Configuration(proxy: .none))

    private func code(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? ObjectStoreError)?.code ?? "\(error)"
        }
    }
}

/// Bytes without a pattern that chunks or parts could hide in.
private enum Noise {
    static func bytes(_ count: Int, seed: Int) -> [UInt8] {
        var state = UInt64(truncatingIfNeeded: seed) | 1
        // Eight at a time: byte by byte takes a minute without optimisation.
        var words = [UInt64](repeating: 0, count: count / 8 + 1)
        for index in words.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            words[index] = state ^ (state >> 32)
        }
        return words.withUnsafeBytes { Array($0.prefix(count)) }
    }
}
