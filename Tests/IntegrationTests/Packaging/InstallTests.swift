import Foundation
import Testing

/// What needs no machine of its own: packages as files, and an installation below a folder.
@Suite(.serialized)
struct InstallTests {
    @Test func `the same tree makes the same package`() async throws {
        var files: [URL] = []
        for folder in ["first", "second"] {
            let packages = try await Deployment.packages("--executor", folder: folder)
            files.append(try Deployment.package("sidecar-executor", in: packages))
        }
        #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]))
        let control = try await Deployment.control(of: files[0])
        #expect(control["Package"] == "sidecar-executor")
        #expect(control["Version"].map { files[0].lastPathComponent.contains("_\($0)_") } == true)
        let needed = Set((control["Depends"] ?? "").split(separator: ", ").map { String($0.prefix { $0 != " " }) })
        #expect(
            needed.isSuperset(of: ["libc6", "libcurl4", "libseccomp2", "libsystemd0"]) && !needed.contains(""),
            "\(needed)")
    }

    @Test func `settings are never overwritten, and survive what was installed`() async throws {
        let scratch = try Scratch.folder("install")
        let place = scratch.appending(path: "root")
        let binaries = try Deployment.binaries(in: scratch).path
        let settings = place.appending(path: "etc/default/complainer")
        func install(_ more: String...) async throws -> String {
            try await Deployment.install(["--destdir", place.path, "--prefix", "/usr/local"] + more, in: scratch)
        }
        func files() throws -> [String] {
            let names = try FileManager.default.subpathsOfDirectory(atPath: place.path)
            var isFolder: ObjCBool = false
            return names.filter {
                FileManager.default.fileExists(atPath: place.appending(path: $0).path, isDirectory: &isFolder)
                    && !isFolder.boolValue
            }.sorted()
        }
        _ = try await install("--binaries", binaries)
        let first = try files()
        for file in ["usr/local/bin/complainer", "usr/local/share/man/man1/complainer.1.gz", "opt/mesos/executor.sh"] {
            #expect(first.contains(file))
        }
        let unit = place.appending(path: "usr/local/lib/systemd/system/complainer.service")
        #expect(try String(contentsOf: unit, encoding: .utf8).contains("ExecStart=/usr/local/bin/complainer "))

        try Data("COMPLAINER_NAME=mine\n".utf8).write(to: settings)
        _ = try await install("--binaries", binaries)
        #expect(try files() == first)
        #expect(try String(contentsOf: settings, encoding: .utf8) == "COMPLAINER_NAME=mine\n")
        #expect(try await install("--uninstall").contains("Your settings are still in"))
        #expect(try files() == ["etc/default/complainer"])
    }
}
