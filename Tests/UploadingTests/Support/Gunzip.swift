import Foundation
import TestTools

/// Undoes gzip by other code than ours.
enum Gunzip {
    static func inflate(_ bytes: [UInt8]) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gunzip-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "log.gz")
        try Data(bytes).write(to: file)
        guard try Command.run("/usr/bin/gzip", ["-d", file.path])?.status == 0 else {
            throw HarnessError("gzip does not take it")
        }
        return [UInt8](try Data(contentsOf: folder.appending(path: "log")))
    }
}
