import Foundation
import HTTPClient
import ObjectStorage

/// A real Ceph object gateway for one test, on a free port of 127.0.0.1, with everything in memory; gone afterwards.
/// `Tests/Support/s3/ceph-rgw` does the work.
struct CephGateway: Sendable {
    let endpoint: String
    /// https, with a certificate of its own for `localhost` and the bucket below it.
    let secureEndpoint: String
    let authority: String
    let credentials: ObjectStoreCredentials
    let bucket: String
    let region: String

    /// Starts one, lends it to `body`, and stops it, whatever happens.
    static func run(_ body: (CephGateway) async throws -> Void) async throws {
        let folder = try Scratch.folder("ceph")
        let environment = [
            "CEPH_RGW_STATE": folder.appending(path: "state").path, "CEPH_RGW_PORT": String(try FreePort.find()),
            "CEPH_RGW_TLS_PORT": String(try FreePort.find()),
        ]
        func call(_ verb: String) async throws -> ChildProcess {
            let process = try ChildProcess(
                Checkout.support.appending(path: "s3/ceph-rgw").path, [verb], name: verb, in: folder,
                environment: environment)
            let exit = try await process.waitForExit(within: .seconds(120))
            guard exit == .code(0) else { throw HarnessError("ceph-rgw \(verb): \(exit)\n\(process.tail)") }
            return process
        }
        do {
            let up = try await call("up")
            try await body(CephGateway(lines: String(contentsOf: up.standardOutput, encoding: .utf8)))
        } catch {
            _ = try? await call("down")
            throw error
        }
        _ = try await call("down")
    }

    /// Whether tests with one are to run: where Ceph is not installed they are left out, but never in CI.
    static var isWanted: Bool {
        ProcessInfo.processInfo.environment["CI"] != nil
            || ["radosgw", "ceph-mon", "ceph-osd", "ceph"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
            }
    }

    /// `NAME=VALUE` lines.
    private init(lines: String) throws {
        var values: [String: String] = [:]
        for line in lines.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        func value(_ name: String) throws -> String {
            guard let value = values[name] else { throw HarnessError("ceph-rgw up does not tell \(name):\n\(lines)") }
            return value
        }
        endpoint = try value("S3_ENDPOINT")
        secureEndpoint = try value("S3_TLS_ENDPOINT")
        authority = try value("S3_TLS_CA")
        credentials = ObjectStoreCredentials(
            accessKey: try value("S3_ACCESS_KEY"), secretKey: try value("S3_SECRET_KEY"))
        bucket = try value("S3_BUCKET")
        region = try value("S3_REGION")
    }

    /// A client; what is not given is right.
    func store(
        _ signing: ObjectStore.Signing, bucket: String? = nil, credentials: ObjectStoreCredentials? = nil,
        clock: @escaping @Sendable () -> RequestTime = { .now }
    ) throws -> ObjectStore {
        let endpoint = try ObjectEndpoint(bucket: bucket ?? self.bucket, goamzEndpoint: self.endpoint)
        return ObjectStore(
            ObjectStore.Configuration(
                endpoint: endpoint, credentials: credentials ?? self.credentials, signing: signing),
            http: HTTPClient(HTTPClient.Configuration(proxy: .none)), clock: clock)
    }

    /// Both ways to sign.
    var signings: [ObjectStore.Signing] { [.version2, .version4(region: region)] }
}
