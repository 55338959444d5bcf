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

    @Test func statesComeBackAsTheyWere() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var checkpoint = Checkpoint()
        checkpoint.task = .object(["a": .array([.integer(1), .number(0.5), .null])])
        checkpoint.life.containerID = "c1"
        checkpoint.life.cause = .killed("asked", drains: true)
        checkpoint.session.tasks = ["t": .object(["a": .array([.integer(1), .number(0.5), .null])])]
        checkpoint.session.updates = [
            TaskStatus(taskID: "t", state: .running, message: "ä", timestamp: 1.25, uuid: "u")
        ]
        #expect(try Checkpoint(handover: Data(checkpoint.handover())) == checkpoint)
        #expect(throws: DecodingError.self) { try Checkpoint(handover: Data("{".utf8)) }
    }

    @Test func aTaskOfSeveralMegabytesIsHandedOverOnce() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var checkpoint = Checkpoint()
        let task = JSONValue.object(["a": .string(String(repeating: "x", count: Checkpoint.maximumTask - 100))])
        checkpoint.task = task
        checkpoint.session.tasks = ["t": task]
        #expect(try Checkpoint(handover: Data(checkpoint.handover())) == checkpoint)
        // One that was refused for its size.
        let huge = JSONValue.object(["a": .string(String(repeating: "x", count: 9 << 20))])
        checkpoint = Checkpoint()
        checkpoint.session.tasks = ["t": huge]
        checkpoint.session.updates = [TaskStatus(taskID: "t", state: .error, timestamp: 1, uuid: "u")]
        let next = try Checkpoint(handover: Data(checkpoint.handover()))
        #expect(next.session.tasks.isEmpty && next.session.updates == checkpoint.session.updates)
        checkpoint.task = huge
        #expect(throws: HandoverError.self) { try checkpoint.handover() }
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
