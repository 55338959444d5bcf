import Complaints
import Testing

@testable import ContainerExecuting

/// The commands in README and guide are accepted by the program's own parser.
@Suite struct ExampleCommandsTests {
    struct Example: CustomStringConvertible, Sendable {
        var page: String
        var line: String
        var description: String { "\(page): \(line)" }
    }

    /// Lines that begin with `complainer`, with their continuations.
    static func examples() throws -> [Example] {
        try Documentation.pages().flatMap { page in
            try Documentation.codeBlocks(Documentation.text(page)).flatMap { block in
                block.joined(separator: "\n").replacing(/\\\n */, with: "").split(separator: "\n")
                    .filter { $0.hasPrefix("complainer ") && !$0.contains("died with") }
                    .map { Example(page: page, line: String($0)) }
            }
        }
    }

    @Test func thereAreSome() throws { #expect(try Self.examples().count >= 5) }

    @Test(arguments: try examples()) func isAccepted(example: Example) throws {
        let words = try ShellWords.split(example.line).dropFirst()
        let registry = GeneratedPagesTests.registry
        var arguments = Array(words)
        let command = arguments.first.flatMap { word in registry.commands.first { $0.name == word }?.name }
        if command != nil { arguments.removeFirst() }
        _ = try Configuration.resolve(
            arguments: arguments, command: command, environment: [:], registry: registry, requiresAll: false,
            readFile: { _ in [] })
    }
}
