import Foundation
import Glibc
import MesosExecutor
import Synchronization
import Testing

@testable import ContainerExecuting

@Suite struct SandboxTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "sandbox-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    @Test func checkpointsComeBackAsTheyWere() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = CheckpointFile(sandbox: folder.path)
        #expect(try file.load() == nil)
        var checkpoint = Checkpoint()
        checkpoint.task = .object(["a": .array([.integer(1), .number(0.5), .null])])
        checkpoint.life.containerID = "c1"
        checkpoint.life.cause = .killed("asked", drains: true)
        checkpoint.session.updates = [
            TaskStatus(taskID: "t", state: .running, message: "ä", timestamp: 1.25, uuid: "u")
        ]
        try file.save(checkpoint)
        checkpoint.life.hasRun = true
        try file.save(checkpoint)
        #expect(try file.load() == checkpoint)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [".sidecar-executor.checkpoint"])
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/.sidecar-executor.checkpoint")
        #expect(mode[.posixPermissions] as? Int == 0o600)
        file.remove()
        #expect(try file.load() == nil)
    }

    @Test func whatIsNoCheckpointIsSaid() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("{".utf8).write(to: folder.appending(path: ".sidecar-executor.checkpoint"))
        #expect { try CheckpointFile(sandbox: folder.path).load() } throws: {
            "\($0)".contains("is not a checkpoint of this program (1 bytes)")
        }
        #expect { try CheckpointFile(sandbox: "/nowhere").save(Checkpoint()) } throws: {
            "\($0)".contains("cannot write /nowhere/")
        }
    }

    /// Who else has files in this process.
    private final class Others: Sendable {
        let lost = Mutex(0)
        let isOver = Mutex(false)

        func openAndClose() async {
            while !isOver.withLock({ $0 }) {
                let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
                for _ in 0..<20 where fcntl(file, F_GETFD) < 0 { lost.withLock { $0 += 1 } }
                close(file)
            }
        }
    }

    @Test func aLockThatSomebodyElseHoldsTakesNoDescriptorAway() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let lock = try SandboxLock(SandboxLock.worker, in: folder.path)
        let others = Others()
        async let work: Void = others.openAndClose()
        for _ in 0..<20_000 { _ = try? SandboxLock(SandboxLock.worker, in: folder.path) }
        others.isOver.withLock { $0 = true }
        await work
        #expect(others.lost.withLock { $0 } == 0)
        withExtendedLifetime(lock) {}
    }

    @Test func aLockIsHeldOnceAndFreeAgain() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var lock = try SandboxLock(SandboxLock.worker, in: folder.path)
        #expect(lock?.isFirst == true)
        #expect(try SandboxLock(SandboxLock.worker, in: folder.path) == nil)
        #expect(try SandboxLock(SandboxLock.executor, in: folder.path) != nil)
        lock = nil
        #expect(try SandboxLock(SandboxLock.worker, in: folder.path)?.isFirst == false)
        #expect(throws: SandboxLockError.self) {
            try SandboxLock("other", in: folder.path, create: false)
        }
    }
}
