import Complaints
import Foundation
import HTTPClient
import Supervision
import TestTools
import Testing

@testable import Serving

@Suite struct ListenerTests {
    @Test func theControlSocketIsForItsUserOnly() async throws {
        let instance = try Instance()
        try await instance.ready()
        let attributes = try FileManager.default.attributesOfItem(atPath: instance.socketPath)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(attributes[.type] as? FileAttributeType == .typeSocket)
    }

    @Test func theControlSocketGoesWithAnOrderlyStop() async throws {
        let instance = try Instance()
        try await instance.ready()
        #expect(FileManager.default.fileExists(atPath: instance.socketPath))
        try await instance.stop()
        #expect(!FileManager.default.fileExists(atPath: instance.socketPath))
    }

    @Test func aSocketThatADeadProcessLeftIsReplaced() async throws {
        let folder = try Folder()
        // Bound and closed again, without unlink: as kill -9 leaves it.
        let left = try await ControlListener(path: folder.path + "/complainer.sock").open()
        close(left.descriptor)
        #expect(FileManager.default.fileExists(atPath: folder.path + "/complainer.sock"))
        let instance = try Instance(folder: folder)
        try await instance.ready()
        #expect(try await instance.get("/version").status == 200)
    }

    @Test func aSocketThatLivesIsLeftAlone() async throws {
        let first = try Instance()
        try await first.ready()
        let second = try Instance(folder: first.folder)
        try await second.ready()
        #expect(second.status.contains("another instance (this process) listens there"))
        #expect(second.status.contains("control socket \(first.socketPath)"))
        #expect(try await first.get("/version").status == 200)
        // When the first one ends, the second takes its place by itself.
        try await first.stop()
        try await waitUntil { second.status == "listening on \(first.socketPath)" }
        #expect(try await second.get("/version").status == 200)
    }

    @Test func aStopDoesNotRemoveTheSocketOfAnother() async throws {
        let first = try Instance()
        try await first.ready()
        try FileManager.default.removeItem(atPath: first.socketPath)
        let second = try Instance(folder: first.folder)
        try await second.ready()
        try await first.stop()
        #expect(try await second.get("/version").status == 200)
    }

    @Test func aSocketThatWasRemovedComesBack() async throws {
        let instance = try Instance()
        try await instance.ready()
        try FileManager.default.removeItem(atPath: instance.folder.path)
        try await waitUntil { FileManager.default.fileExists(atPath: instance.socketPath) }
        try await waitUntil { (try? await instance.get("/version").status) == 200 }
    }

    @Test func anotherFileIsNotTouched() async throws {
        let folder = try Folder()
        let path = folder.path + "/complainer.sock"
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        let instance = try Instance(folder: folder)
        try await instance.ready()
        #expect(instance.status.contains("not a socket; remove it"))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }

    @Test func aPathThatIsTooLongIsExplained() async throws {
        let folder = try Folder()
        let instance = try Instance(
            folder: folder, runtimeDirectory: folder.path + "/" + String(repeating: "d", count: 100))
        try await instance.ready()
        #expect(instance.status.contains("at most 107 bytes"))
    }

    @Test func instancesShareADirectory() async throws {
        let folder = try Folder()
        let blue = try Instance(name: "blue", folder: folder)
        let plain = try Instance(folder: folder)
        try await blue.ready()
        try await plain.ready()
        #expect(try await plain.get("/version").text.hasPrefix("complainer (default) "))
        let path = folder.path + "/complainer-blue.sock"
        #expect(try await plain.get("/version", socket: path).text.hasPrefix("complainer (blue) "))
    }

    @Test func withoutARuntimeDirectoryTheSocketIsInTheStateDirectory() async throws {
        let folder = try Folder()
        let state = folder.path + "/state"
        let instance = try Instance(folder: folder, runtimeDirectory: .some(nil), state: state)
        try await instance.ready()
        #expect(try await instance.get("/version", socket: state + "/complainer.sock").status == 200)
        let attributes = try FileManager.default.attributesOfItem(atPath: state)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
    }

    @Test func withoutAnythingToListenOnItIsReadyAllTheSame() async throws {
        let instance = try Instance(runtimeDirectory: .some(nil))
        try await instance.ready()
    }

    @Test func anAddressInUseIsToldAndTriedAgain() async throws {
        let taken = try await TCPListener(address: ListenAddress(host: "127.0.0.1", port: 0)).open()
        let port = try #require(taken.name.split(separator: ":").last)
        let instance = try Instance(listen: "127.0.0.1:\(port)")
        try await instance.ready()
        #expect(instance.status.contains("-listen 127.0.0.1:\(port): another process listens there"))
        #expect(try await instance.get("/version").status == 200, "the control socket works meanwhile")
        close(taken.descriptor)
        try await waitUntil { instance.status.contains("listening on 127.0.0.1:\(port)") }
        #expect(try await instance.overTCP("/version").status == 200)
    }

    @Test func anAddressOfAnotherMachineIsTold() async throws {
        let instance = try Instance(listen: "192.0.2.1:8080")
        try await instance.ready()
        #expect(instance.status.contains("-listen 192.0.2.1:8080: this machine has no such address"))
    }

    @Test func aHostsFirstIPv4AddressIsTaken() async throws {
        let instance = try Instance(listen: "localhost:0")
        try await instance.ready()
        #expect(try await instance.overTCP("/version").status == 200)
    }

    @Test func listeningCanBeOff() async throws {
        let instance = try Instance(listen: "off")
        try await instance.ready()
        #expect(instance.status == "listening on \(instance.socketPath)")
    }

    @Test func aStopDoesNotWaitForIdleClients() async throws {
        let instance = try Instance()
        try await instance.ready()
        // The client keeps its connection for later.
        #expect(try await instance.get("/version").status == 200)
        let idle = try RawConnection(instance.socketPath)
        try await idle.send("GET /ver")
        let start = ContinuousClock.now
        try await instance.stop()
        #expect(ContinuousClock.now - start < .seconds(10))
    }
}
