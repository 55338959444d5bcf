import Foundation

/// A machine with a real systemd and a real journald for one test: boots in under a second from this machine's own
/// files (copy-on-write, nothing of it is changed), shares its network, so that a service inside reaches a server
/// on 127.0.0.1 outside, and is gone without a trace afterwards.
///
/// Needs root and the Debian packages systemd, dbus, libnss-systemd, procps and util-linux; see
/// ``whyUnavailable``. The work is done by `Tests/Support/systemd-box`, whose README tells what a box cannot show.
///
///     try await SystemdBox.run { box in
///         try await box.copyIn(binary, to: "/usr/bin/complainer")
///         let journal = try await box.exec("journalctl", "-o", "json", "--all", "--no-pager")
///         #expect(journal.stdout.contains("…"))
///     }
struct SystemdBox: Sendable {
    /// What a command in the box left behind.
    struct Outcome: Sendable {
        var status: Int32
        var stdout: String
        var stderr: String
    }

    /// The box's name, different for each one.
    let name: String

    private static let script = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Support/systemd-box/systemd-box").path

    /// Where running boxes are noted.
    private static let state = FileManager.default.temporaryDirectory.appending(path: "complainer-systemd-boxes")

    /// Boots a box, lends it to `body`, and stops it, whatever happens.
    static func run<Result: Sendable>(_ body: (SystemdBox) async throws -> Result) async throws -> Result {
        let box = SystemdBox(name: "test-\(UUID().uuidString.prefix(8))")
        defer { try? FileManager.default.removeItem(at: state.appending(path: "run-\(box.name)")) }
        do {
            try await box.call(["up"]).succeed("boot")
            let result = try await body(box)
            try await box.call(["down"]).succeed("stop")
            return result
        } catch {
            _ = try? await box.call(["down"])
            throw error
        }
    }

    /// Why no box can be had on this machine, for `.enabled(if:)`; nil when it can.
    static var whyUnavailable: String? {
        if geteuid() != 0 { return "a systemd box needs root" }
        let needed = [
            "/lib/systemd/systemd": "systemd", "/usr/bin/dbus-daemon": "dbus", "/usr/bin/nsenter": "util-linux",
            "/bin/kill": "procps",
        ]
        return needed.first { !FileManager.default.isExecutableFile(atPath: $0.key) }
            .map { "a systemd box needs the package \($0.value)" }
    }

    /// Runs a command inside, as root with a clean environment, and waits for its end.
    func exec(_ arguments: String...) async throws -> Outcome { try await exec(arguments) }

    /// Runs a command inside, as root with a clean environment, and waits for its end.
    func exec(_ arguments: [String]) async throws -> Outcome { try await call(["exec"] + arguments) }

    /// Copies a file or folder of this machine into the box, its mode kept.
    func copyIn(_ source: URL, to destination: String) async throws {
        try await call(["copy-in", source.path, destination]).succeed("copy \(source.path) in")
    }

    /// Writes a file in the box.
    func write(_ text: String, to destination: String, mode: Int = 0o644) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString)")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        try await copyIn(file, to: destination)
    }

    /// Repeats a command until what it left behind is good, at most for `limit`; its last outcome then.
    func wait(
        upTo limit: Duration = .seconds(30), for isGood: (Outcome) -> Bool, _ arguments: String...
    ) async throws -> Outcome {
        let deadline = ContinuousClock.now + limit
        while true {
            let outcome = try await exec(arguments)
            if isGood(outcome) { return outcome }
            guard ContinuousClock.now < deadline else {
                throw BoxError(attempted: "wait for \(arguments.joined(separator: " "))", outcome: outcome)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The entries of the journal that match (`COMPLAINER_WORKER=poller`, `-u`, `complainer`), oldest first. A field
    /// that occurs more than once has its values joined by newlines; a binary one is left out.
    func journal(_ matches: String...) async throws -> [[String: String]] {
        let outcome = try await exec(["journalctl", "-o", "json", "--all", "--no-pager"] + matches)
        return try outcome.stdout.split(separator: "\n").filter { $0.hasPrefix("{") }
            .map { line in
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
                return object.compactMapValues { value in
                    value as? String ?? (value as? [String])?.joined(separator: "\n")
                }
            }
    }

    /// Output goes to files, not pipes: what a verb leaves running in the box would hold a pipe open.
    private func call(_ arguments: [String]) async throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (stdout, stderr) = (folder.appending(path: "stdout"), folder.appending(path: "stderr"))
        try Data().write(to: stdout)
        try Data().write(to: stderr)

        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [Self.script] + arguments
        var environment = ProcessInfo.processInfo.environment
        environment["SYSTEMD_BOX_NAME"] = name
        environment["SYSTEMD_BOX_STATE"] = Self.state.path
        environment["SYSTEMD_BOX_ROOT"] = "host"
        environment["SYSTEMD_BOX_NET"] = "host"
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: stdout)
        process.standardError = try FileHandle(forWritingTo: stderr)
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in ended.resume() }
            do { try process.run() } catch {
                process.terminationHandler = nil
                ended.resume(throwing: error)
            }
        }
        return Outcome(
            status: process.terminationStatus, stdout: String(decoding: try Data(contentsOf: stdout), as: UTF8.self),
            stderr: String(decoding: try Data(contentsOf: stderr), as: UTF8.self))
    }
}

extension SystemdBox.Outcome {
    /// Throws what the command said unless it ended with status 0.
    @discardableResult
    func succeed(_ attempted: String) throws -> Self {
        guard status == 0 else { throw BoxError(attempted: attempted, outcome: self) }
        return self
    }
}

/// A command of the box that did not do what it should.
struct BoxError: Error, CustomStringConvertible {
    var attempted: String
    var outcome: SystemdBox.Outcome

    var description: String {
        "could not \(attempted): status \(outcome.status)\n\(outcome.stdout)\(outcome.stderr)"
    }
}
