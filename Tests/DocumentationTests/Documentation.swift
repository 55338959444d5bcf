import Foundation

/// The files that people read: README, guides and what lies beside them.
enum Documentation {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let guides = ["Sources/complainer/complainer.docc", "Sources/sidecar-executor/sidecar-executor.docc"]

    /// Paths of all Markdown files that users read, relative to the root.
    static func pages() throws -> [String] {
        try ["README.md"]
            + guides.flatMap { guide in
                try FileManager.default.contentsOfDirectory(atPath: root.appending(path: guide).path)
                    .filter { $0.hasSuffix(".md") }.sorted().map { "\(guide)/\($0)" }
            }
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Compares a generated page with the file; with `COMPLAINER_UPDATE_DOCS` set, the file is written instead.
    static func isCurrent(_ path: String, _ generated: String) throws -> Bool {
        if ProcessInfo.processInfo.environment["COMPLAINER_UPDATE_DOCS"] != nil {
            try generated.write(to: root.appending(path: path), atomically: true, encoding: .utf8)
        }
        return try text(path) == generated
    }

    /// The blocks of code that are indented by four blanks, each without the indentation.
    static func codeBlocks(_ text: String) -> [[String]] {
        var blocks: [[String]] = []
        var isInBlock = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("    ") {
                if !isInBlock { blocks.append([]) }
                isInBlock = true
                blocks[blocks.count - 1].append(String(line.dropFirst(4)))
            } else if !line.isEmpty {
                isInBlock = false
            }
        }
        return blocks
    }
}
