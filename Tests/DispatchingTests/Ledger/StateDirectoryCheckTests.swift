import Foundation
import Glibc
import Testing

@testable import Dispatching

/// A ledger that others can replace is refused.
@Suite struct StateDirectoryCheckTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "state-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        chmod(folder.path, 0o700)
        try body(folder.path)
    }

    @Test func whatIsOursOrNotThereIsFine() throws {
        try withFolder { path in
            #expect(StateDirectoryCheck.problem(path) == nil)
            #expect(StateDirectoryCheck.problem(path + "/nowhere") == nil)
            #expect(FileManager.default.createFile(atPath: path + "/ledger.sqlite", contents: nil))
            chmod(path, 0o755)
            #expect(StateDirectoryCheck.problem(path) == nil)
        }
    }

    @Test(arguments: [0o770, 0o702, 0o777, 0o1777] as [mode_t]) func othersMayNotWrite(mode: mode_t) throws {
        try withFolder { path in
            chmod(path, mode)
            let problem = StateDirectoryCheck.problem(path)
            #expect(
                problem?.problem.contains("others may write") == true && problem?.remedy.contains("chmod go-w") == true)
        }
    }

    @Test func aLedgerOfAnotherUserIsRefused() throws {
        try withFolder { path in
            #expect(FileManager.default.createFile(atPath: path + "/ledger.sqlite", contents: nil))
            let problem = StateDirectoryCheck.problem(path, user: geteuid() + 1)
            #expect(problem?.problem.contains("belongs to user \(geteuid())") == true, "\(String(describing: problem))")
        }
    }

    @Test func linksAndPipesAreNoLedger() throws {
        try withFolder { path in
            #expect(symlink("/etc/passwd", path + "/ledger.sqlite") == 0)
            #expect(StateDirectoryCheck.problem(path)?.problem.contains("no regular file") == true)
            unlink(path + "/ledger.sqlite")
            #expect(mkfifo(path + "/ledger.sqlite-wal", 0o600) == 0)
            #expect(StateDirectoryCheck.problem(path)?.problem.contains("no regular file") == true)
            #expect(StateDirectoryCheck.problem(path + "/ledger.sqlite-wal")?.problem.contains("no directory") == true)
        }
    }
}
