import Foundation
import HTTPClient
import ObjectStorage

/// A real server that speaks S3, on 127.0.0.1 for one test; gone afterwards. A script in `Tests/Support/s3` does the
/// work: `up` starts it and prints `NAME=VALUE` lines, `down` ends it.
struct ObjectStoreServer: Sendable {
    let endpoint: String
    let credentials: ObjectStoreCredentials
    let bucket: String
    let region: String
    private let values: [String: String]

    /// Starts one, lends it to `body`, and stops it, whatever happens.
    ///
    /// - Parameter environment: the script's settings, by the folder that it may use.
    static func run(
        _ script: String, _ environment: (URL) throws -> [String: String],
        _ body: (ObjectStoreServer) async throws -> Void
    ) async throws {
        let folder = try Scratch.folder(script)
        let environment = try environment(folder)
        func call(_ verb: String) async throws -> ChildProcess {
            let process = try ChildProcess(
                Checkout.support.appending(path: "s3/\(script)").path, [verb], name: verb, in: folder,
                environment: environment)
            let exit = try await process.waitForExit(within: .seconds(300))
            guard exit == .code(0) else { throw HarnessError("\(script) \(verb): \(exit)\n\(process.tail)") }
            return process
        }
        do {
            let up = try await call("up")
            try await body(ObjectStoreServer(lines: String(contentsOf: up.standardOutput, encoding: .utf8)))
        } catch {
            _ = try? await call("down")
            throw error
        }
        _ = try await call("down")
    }

    private init(lines: String) throws {
        var values: [String: String] = [:]
        for line in lines.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        self.values = values
        func value(_ name: String) throws -> String {
            guard let value = values[name] else { throw HarnessError("the script does not tell \(name):\n\(lines)") }
            return value
        }
        endpoint = try value("S3_ENDPOINT")
        credentials = ObjectStoreCredentials(
            accessKey: try value("S3_ACCESS_KEY"), secretKey: try value("S3_SECRET_KEY"))
        bucket = try value("S3_BUCKET")
        region = try value("S3_REGION")
    }

    /// Something else that the script told.
    func value(_ name: String) throws -> String {
        guard let value = values[name] else { throw HarnessError("the script does not tell \(name)") }
        return value
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
