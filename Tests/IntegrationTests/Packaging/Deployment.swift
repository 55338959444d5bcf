import Foundation

/// Calls of `deploy/package` and `deploy/install` with the programs that were built together with these tests.
enum Deployment {
    /// The folder of the packages, `NAME_VERSION_ARCHITECTURE.deb`, uncompressed.
    static func packages(_ options: String..., folder: String = "packages") async throws -> URL {
        let scratch = try Scratch.folder(folder)
        let output = scratch.appending(path: "packages")
        try await run(
            "package", options + ["--binaries", try binaries(in: scratch).path, "--output", output.path], in: scratch)
        return output
    }

    /// Runs `deploy/install`; what it said.
    @discardableResult
    static func install(_ options: [String], in scratch: URL) async throws -> String {
        try await run("install", options, in: scratch)
    }

    /// A folder with both programs.
    static func binaries(in scratch: URL) throws -> URL {
        let folder = scratch.appending(path: "binaries")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["complainer", "sidecar-executor"] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.appending(path: name).path, withDestinationPath: try Checkout.binary(name))
        }
        return folder
    }

    /// The one package of that name.
    static func package(_ name: String, in folder: URL) throws -> URL {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        guard let file = files.first(where: { $0.lastPathComponent.hasPrefix("\(name)_") }) else {
            throw HarnessError("there is no package \(name) among \(files)")
        }
        return file
    }

    /// The fields of a package's control file that are one line.
    static func control(of package: URL) async throws -> [String: String] {
        let folder = package.deletingLastPathComponent()
        let process = try ChildProcess("/usr/bin/dpkg-deb", ["-f", package.path], name: "control", in: folder)
        try await process.waitForExit()
        var fields: [String: String] = [:]
        for line in try String(contentsOf: process.standardOutput, encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: ": ", maxSplits: 1)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        return fields
    }

    @discardableResult
    private static func run(_ script: String, _ arguments: [String], in scratch: URL) async throws -> String {
        let process = try ChildProcess(
            Checkout.root.appending(path: "deploy/\(script)").path, arguments, name: "\(script)-\(UUID().uuidString)",
            in: scratch, environment: ["DPKG_DEB_COMPRESSOR_TYPE": "none", "TMPDIR": scratch.path])
        guard try await process.waitForExit(within: .seconds(120)) == .code(0) else {
            throw HarnessError("deploy/\(script) \(arguments) failed:\n\(process.tail)")
        }
        return try String(contentsOf: process.standardOutput, encoding: .utf8)
    }
}
