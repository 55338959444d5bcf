import DockerClient
import Foundation
import HTTPClient
import Testing

/// What containers of a real dockerd write.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted, "a Docker engine needs root and docker.io, docker-registry"))
struct DockerLogTests {
    private func copy(
        _ client: DockerClient, _ id: String, since: LogTime? = nil
    ) async throws -> (copy: LogCopy, out: String, err: String) {
        let folder = try Scratch.folder("copied")
        let files = ["stdout", "stderr"].map { folder.appending(path: $0).path }
        let descriptors = files.map { open($0, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0o600) }
        defer { for descriptor in descriptors { close(descriptor) } }
        let copy = try await client.copyLog(
            of: id, from: LogMark(since: since, stdout: descriptors[0], stderr: descriptors[1]),
            stdout: descriptors[0], stderr: descriptors[1])
        let texts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
        return (copy, texts[0], texts[1])
    }

    @Test("100 000 lines of both streams are copied, all and in order")
    func many() async throws {
        try await DockerEngine.run { engine in
            let client = try engine.client()
            let script = """
                awk 'BEGIN { for (i = 1; i <= 50000; i++) { print "out " i; print "err " i > "/dev/stderr" } }'
                """
            let id = try await client.create(name: "many", engine.specification("sh", "-c", script)).id
            try await client.start(id)
            #expect(try await client.wait(id).code == 0)
            let (copy, out, err) = try await copy(client, id)
            #expect(out == (1...50_000).map { "out \($0)\n" }.joined())
            #expect(err == (1...50_000).map { "err \($0)\n" }.joined())
            #expect(copy.stdoutBytes == out.utf8.count && copy.stderrBytes == err.utf8.count && copy.problems == [])
        }
    }

    @Test("Long lines, no newline, bytes that are no text: all come as they were written")
    func odd() async throws {
        try await DockerEngine.run { engine in
            let client = try engine.client()
            let script = #"head -c 100000 /dev/zero | tr '\0' x; printf '\n\001\002end'; printf 'to err' >&2"#
            let id = try await client.create(name: "odd", engine.specification("sh", "-c", script)).id
            try await client.start(id)
            _ = try await client.wait(id)
            let copied = try await copy(client, id)
            #expect(copied.out == String(repeating: "x", count: 100_000) + "\n\u{1}\u{2}end")
            #expect(copied.err == "to err")
        }
    }

    @Test("Only what was written since then comes, and following ends with the container")
    func sinceAndFollow() async throws {
        try await DockerEngine.run { engine in
            let client = try engine.client()
            let folder = try Scratch.folder("signal")
            var specification = engine.specification(
                "sh", "-c", "echo early; until [ -e /signal/go ]; do sleep 0.05; done; echo late; echo worse >&2")
            specification.host.binds = ["\(folder.path):/signal:ro"]
            let id = try await client.create(name: "two", specification).id
            try await client.start(id)
            var log = try await client.logs(id, follow: true, timestamps: true)
            var cursor = LogCursor()
            var seen: [LogPiece] = []
            while seen.isEmpty, let pieces = try await log.next() { seen += pieces.compactMap { cursor.take($0) } }
            #expect(seen.map { String(decoding: $0.bytes, as: UTF8.self) } == ["early\n"])
            let between = LogTime.now
            try Data().write(to: folder.appending(path: "go"))
            while let pieces = try await log.next() { seen += pieces.compactMap { cursor.take($0) } }
            #expect(
                seen.filter { $0.stream == .stdout }.map { String(decoding: $0.bytes, as: UTF8.self) } == [
                    "early\n", "late\n",
                ])
            #expect(
                seen.filter { $0.stream == .stderr }.map { String(decoding: $0.bytes, as: UTF8.self) } == ["worse\n"])
            let copied = try await copy(client, id, since: between)
            #expect(copied.out == "late\n" && copied.err == "worse\n")
            #expect(try await copy(client, id, since: between.earlier(by: .seconds(3600))).out == "early\nlate\n")
        }
    }

    @Test("A log that cannot be read is said to be so")
    func unreadable() async throws {
        try await DockerEngine.run { engine in
            let client = try engine.client()
            var specification = engine.specification("echo", "x")
            specification.host.logDriver = "none"
            let id = try await client.create(name: "none", specification).id
            try await client.start(id)
            _ = try await client.wait(id)
            await #expect { try await copy(client, id) } throws: { error in
                let error = error as? DockerError
                return error?.message.contains("does not support reading") == true && error?.isDockerAway == false
            }
            await #expect { try await copy(client, "nobody") } throws: { ($0 as? DockerError)?.kind == .notFound }
        }
    }
}
