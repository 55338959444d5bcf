import Foundation

/// OpenStack Swift with its S3 API for one test: it checks the scope of signatures of version 4 and headers that are not
/// signed, which Ceph does not.
enum OpenStackSwift {
    /// Starts one, lends it to `body`, and stops it, whatever happens.
    static func run(_ body: (ObjectStoreServer) async throws -> Void) async throws {
        func environment(_ folder: URL) throws -> [String: String] {
            let ports = try (0..<5).map { _ in String(try FreePort.find()) }
            return [
                "SWIFT_S3_STATE": folder.appending(path: "state").path,
                "SWIFT_S3_PORTS": ports.joined(separator: " "),
            ]
        }
        try await ObjectStoreServer.run("swift-s3", environment, body)
    }

    /// Whether tests with one are to run: where it is not installed they are left out, but never in CI.
    static var isWanted: Bool {
        ProcessInfo.processInfo.environment["CI"] != nil
            || ["swift-proxy-server", "swift-object-server", "memcached"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
            }
    }
}
