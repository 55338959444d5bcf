import DockerClient
import Foundation
import GoNotation
import Logging
import Testing

@testable import LogRelaying

/// The relay by itself: what no task on Mesos can have.
@Suite(.serialized, .enabled(if: DockerEngine.isWanted, "a Docker engine needs root and docker.io, docker-registry"))
struct TerminalRelayTests {
    @Test("A terminal's output is relayed line by line, by one process after the other")
    func terminal() async throws {
        try await SyslogSink.run { sink in
            try await DockerEngine.run { engine in
                let folder = try Scratch.folder("relay")
                let script = """
                    echo one; echo two >&2; head -c 40000 /dev/zero | tr '\\0' x; echo; \
                    until [ -e /signal/go ]; do sleep 0.05; done; echo three; printf end
                    """
                // By the docker command: our own client has no word for a terminal.
                try await engine.exec(
                    "docker", "-H", engine.host, "run", "-d", "-t", "--label", "relay.test=1", "-v",
                    "\(folder.path):/signal:ro", engine.image, "sh", "-c", script)
                let settings = RelaySettings(
                    syslog: HostAndPort(host: "127.0.0.1", port: sink.port), hostname: "h",
                    container: "relay.test=1", progressFile: folder.appending(path: "progress").path,
                    completionFile: folder.appending(path: "done").path)
                func relay() throws -> LogRelay {
                    LogRelay(settings, docker: try engine.client(), logger: Logger(label: "relay"))
                }
                let first = try relay()
                let work = Task { await first.run() }
                try await waitUntil("the long line") { try sink.datagrams.count >= 7 }
                work.cancel()
                await work.value
                #expect(!FileManager.default.fileExists(atPath: settings.completionFile))

                try Data().write(to: folder.appending(path: "go"))
                await (try relay()).run()
                #expect(FileManager.default.fileExists(atPath: settings.completionFile))
                try await waitUntil("the last line") { try sink.payloads.last == "end" }
                let payloads = try sink.payloads
                #expect(Array(payloads.prefix(2)) == ["one", "two"] && Array(payloads.suffix(2)) == ["three", "end"])
                #expect(payloads.dropFirst(2).dropLast(2).joined() == String(repeating: "x", count: 40_000))
                // Nobody has anything left to do.
                await (try relay()).run()
                #expect(try sink.payloads == payloads)
            }
        }
    }
}
