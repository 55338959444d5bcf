import Foundation
import ObjectStorage

/// A real Ceph object gateway for one test, on a free port of 127.0.0.1, with everything in memory; gone afterwards.
@dynamicMemberLookup
struct CephGateway: Sendable {
    private let server: ObjectStoreServer
    /// https, with a certificate of its own for `localhost` and the bucket below it.
    let secureEndpoint: String
    let authority: String

    /// Starts one, lends it to `body`, and stops it, whatever happens.
    static func run(_ body: (CephGateway) async throws -> Void) async throws {
        func environment(_ folder: URL) throws -> [String: String] {
            [
                "CEPH_RGW_STATE": folder.appending(path: "state").path, "CEPH_RGW_PORT": String(try FreePort.find()),
                "CEPH_RGW_TLS_PORT": String(try FreePort.find()),
            ]
        }
        try await ObjectStoreServer.run("ceph-rgw", environment) { server in
            try await body(CephGateway(server))
        }
    }

    private init(_ server: ObjectStoreServer) throws {
        self.server = server
        secureEndpoint = try server.value("S3_TLS_ENDPOINT")
        authority = try server.value("S3_TLS_CA")
    }

    /// Whether tests with one are to run: where Ceph is not installed they are left out, but never in CI.
    static var isWanted: Bool {
        ProcessInfo.processInfo.environment["CI"] != nil
            || ["radosgw", "ceph-mon", "ceph-osd", "ceph"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
            }
    }

    subscript<Value>(dynamicMember path: KeyPath<ObjectStoreServer, Value>) -> Value { server[keyPath: path] }

    /// A client; what is not given is right.
    func store(
        _ signing: ObjectStore.Signing, bucket: String? = nil, credentials: ObjectStoreCredentials? = nil,
        clock: @escaping @Sendable () -> RequestTime = { .now }
    ) throws -> ObjectStore {
        try server.store(signing, bucket: bucket, credentials: credentials, clock: clock)
    }
}
