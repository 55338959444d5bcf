import Foundation
import Testing

/// The built program, called the way people call it.
@Suite(.serialized)
struct CommandTests {
    private struct Outcome {
        var status: Int32
        var out: String
        var error: String
        var firstLine: String { String(error.prefix { $0 != "\n" }) }
    }

    private func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Outcome {
        let folder = try Scratch.folder("command")
        let process = try ChildProcess(
            try Checkout.binary("complainer"), arguments, name: "command", in: folder, environment: environment)
        let exit = try await process.waitForExit(within: .seconds(60))
        guard case .code(let status) = exit else { throw HarnessError("it ended: \(exit)") }
        return Outcome(
            status: status, out: String(decoding: try Data(contentsOf: process.standardOutput), as: UTF8.self),
            error: String(decoding: try Data(contentsOf: process.standardError), as: UTF8.self))
    }

    private static let good = ["-masters", "http://127.0.0.1:1", "-uploader", "noop", "-reporters", "file"]

    @Test(
        arguments: [
            (["-default", "false"], 2, "unexpected argument"), (["-defualt"], 2, "did you mean -default"),
            (["-masters"], 2, "-masters"), (["-default=maybe"], 2, "-default"),
            (["-reporters", "fax"], 2, "reporters"),
            (["-framework-whitelist", "("], 2, "framework-whitelist"), (["-file.format", "{{ .x"], 1, "file.format"),
            (["-file.name", "/nowhere/x"], 1, "/nowhere/x"), (["-config", "/nowhere/x"], 1, "/nowhere/x"),
            (["-uploader", "s3aws"], 2, "s3aws"), (["-poll-interval", "5"], 2, "poll-interval"),
        ] as [([String], Int32, String)])
    func aMistakeIsNamedInOneLine(flags: [String], status: Int32, words: String) async throws {
        let outcome = try await run(Self.good + flags)
        #expect(outcome.status == status, "\(outcome.firstLine)")
        #expect(outcome.firstLine.contains(words), "\(outcome.firstLine)")
        let usage = outcome.error.contains("COMPLAINER_MASTERS")
        #expect(usage == (status == 2), "the usage follows a wrong flag and nothing else")
    }

    @Test func whatIsMissingIsListed() async throws {
        let outcome = try await run([])
        #expect(outcome.status == 2)
        #expect(outcome.firstLine.contains("-masters (COMPLAINER_MASTERS)"))
        #expect(outcome.firstLine.contains("-reporters (COMPLAINER_REPORTERS)"))
    }

    @Test func anInvalidVariableIsRefusedAndAnEmptyOneIsNotThere() async throws {
        let refused = try await run(Self.good, environment: ["COMPLAINER_DEFAULT": "yes please"])
        #expect(refused.status == 2 && refused.firstLine.contains("COMPLAINER_DEFAULT"))
        let empty = try await run(["check", "-offline"] + Self.good, environment: ["COMPLAINER_DEFAULT": ""])
        #expect(
            empty.status == 0 && empty.out.hasPrefix("the configuration is good\n-labels.destinations=any: "),
            "\(empty)")
    }

    @Test(arguments: ["-h", "-help", "--help"]) func helpListsEverySetting(flag: String) async throws {
        let outcome = try await run([flag])
        #expect(outcome.status == 0)
        for name in ["-masters", "COMPLAINER_MASTERS", "-slack.hook_url", "S3_SECRET_KEY", "-file.format"] {
            #expect(outcome.out.contains(name))
        }
    }

    @Test func theVersionIsALine() async throws {
        let outcome = try await run(["version"])
        #expect(outcome.status == 0)
        #expect(outcome.out.wholeMatch(of: /complainer v\d+\.\d+\.\d+\n/) != nil)
    }

    @Test func renderShowsWhatAFormatMakes() async throws {
        let format = #"{{ .failure.Name }} {{ config "channel" }} {{ .failure.Labels.team }}"#
        let outcome = try await run(["render", "-format", format, "-label", "channel=#ops", "-label", "team=web"])
        #expect(outcome.status == 0 && outcome.out == "web.core.prod #ops web")
        let broken = try await run(["render", "-format", "{{ .failure.Nmae }}"])
        #expect(broken.status == 1 && broken.error.contains("Nmae"))
        let file = try Scratch.folder("failure").appending(path: "failure.json")
        try #"{"ID":"x.1","Name":"x","Finished":"2020-02-29T12:00:00+01:00"}"#.write(
            to: file, atomically: true, encoding: .utf8)
        let given = try await run([
            "render", "-failure", file.path, "-format", "{{ .failure.ID }} {{ .failure.Finished.UTC }}",
        ])
        #expect(given.out == "x.1 2020-02-29 11:00:00 +0000 UTC")
    }

    /// Each first line says what the program must find in that file.
    @Test func everyBrokenConfigurationIsRefusedInOneLine() async throws {
        let folder = Checkout.support.appending(path: "broken-configurations")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "conf" }
        #expect(files.count >= 30)
        for file in files.sorted(by: { $0.path < $1.path }) {
            let outcome = try await run(["check", "-offline", "-config", file.path])
            let said = (outcome.out + outcome.firstLine).split(separator: "\n")
                .filter { !$0.hasPrefix("-labels.destinations=") }
            let words = String(decoding: try Data(contentsOf: file), as: UTF8.self).prefix { $0 != "\n" }.dropFirst(2)
            #expect(said.contains { $0.contains(words) }, "\(file.lastPathComponent): \(said)")
            // What is only suspicious does not keep the program from starting.
            #expect(outcome.status != 0 || said.allSatisfy { $0.hasPrefix("warning: ") })
        }
    }

    @Test func checkAsksTheMasters() async throws {
        let master = try FakeMaster(.status(200))
        defer { master.stop() }
        let well = try await run(["check", "-masters", master.url, "-uploader", "noop", "-reporters", "file"])
        #expect(well.status == 0, "\(well.out)")
        let half = try await run([
            "check", "-masters", "\(master.url),http://127.0.0.1:1", "-uploader", "noop", "-reporters", "file",
        ])
        #expect(half.status == 0 && half.out.contains("http://127.0.0.1:1/master/health: connection refused"))
        let ill = try await run(["check"] + Self.good)
        #expect(ill.status == 1 && ill.out.contains("connection refused"))
    }
}
