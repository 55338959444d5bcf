import Foundation
import Testing

@testable import ContainerExecuting

/// The file in which executors share a token.
@Suite struct TokenFileTests {
    private func with(_ body: (TokenFile) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(TokenFile(path: folder.appending(path: "vault-token").path))
    }

    private func age(_ file: TokenFile, _ seconds: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: file.path)
    }

    @Test func whatIsWrittenIsRead() async throws {
        try await with { file in
            #expect(file.read(youngerThan: .seconds(60)) == .none("there is none"))
            // Left behind by one that died, open to everybody: it must not be used.
            _ = FileManager.default.createFile(
                atPath: "\(file.path).new", contents: Data("old".utf8), attributes: [.posixPermissions: 0o666])
            try file.write("s.1")
            #expect(file.read(youngerThan: .seconds(60)) == .token("s.1"))
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(!FileManager.default.fileExists(atPath: "\(file.path).new"))
        }
    }

    @Test(arguments: [
        ("s.1\n", TokenFile.Content.token("s.1")), ("  s.1 ", .token("s.1")), ("", .none("it holds no token")),
        ("\n", .none("it holds no token")), ("two words", .none("it holds no token")),
    ])
    func contents(text: String, content: TokenFile.Content) async throws {
        try await with { file in
            try Data(text.utf8).write(to: URL(filePath: file.path))
            #expect(file.read(youngerThan: .seconds(60)) == content)
        }
    }

    @Test func itsAgeCounts() async throws {
        try await with { file in
            try file.write("s.1")
            try age(file, 3000)
            #expect(file.read(youngerThan: .seconds(3600)) == .token("s.1"))
            try age(file, 3700)
            #expect(file.read(youngerThan: .seconds(3600)) == .none("it is too old"))
            // With a lifetime of less than the margin there is no young enough file.
            try age(file, 0)
            #expect(file.read(youngerThan: .seconds(-1800)) == .none("it is too old"))
        }
    }

    @Test func oneAtATime() async throws {
        try await with { file in
            var first = try await file.lock(within: .zero)
            #expect(first != nil)
            #expect(try await file.lock(within: .milliseconds(100)) == nil)
            first = nil
            #expect(try await file.lock(within: .zero) != nil)
        }
    }

    @Test func noFolderNoLock() async throws {
        let file = TokenFile(path: "/no/such/folder/token")
        await #expect(throws: SandboxLockError.self) { try await file.lock(within: .zero) }
        #expect(throws: SandboxError.self) { try file.write("s.1") }
    }
}
