import Foundation

/// A subcommand of the built program, run to its end.
struct CommandRun: Sendable {
    var status: Int32
    var out: String
    var error: String

    /// Runs it.
    ///
    /// - Throws: when it does not end by itself within a minute.
    init(_ arguments: [String], environment: [String: String] = [:]) async throws {
        let process = try ChildProcess(
            try Checkout.binary("complainer"), arguments, name: "command", in: try Scratch.folder("command"),
            environment: environment)
        let exit: ChildProcess.Exit
        do {
            exit = try await process.waitForExit(within: .seconds(60))
        } catch {
            await process.killHard()
            throw error
        }
        guard case .code(let status) = exit else { throw HarnessError("it ended: \(exit)") }
        self.status = status
        out = String(decoding: try Data(contentsOf: process.standardOutput), as: UTF8.self)
        error = String(decoding: try Data(contentsOf: process.standardError), as: UTF8.self)
    }
}
