import Complaints
import Foundation
import Glibc
import Observability
import Testing

@testable import Reporting

@Suite struct JournaldReporterTests {
    /// A journal that only listens, at a path of its own.
    private final class Journal {
        let path = "/tmp/journald-reporter-\(UUID().uuidString.prefix(8))"
        private let descriptor: Int32

        init() throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            guard bound == 0 else { throw POSIXError(.EADDRINUSE) }
        }

        deinit {
            close(descriptor)
            unlink(path)
        }

        /// The next entry: the values of each field.
        func entry() -> [String: [String]] {
            var bytes = [UInt8](repeating: 0, count: 256 << 10)
            var rest = bytes.prefix(max(0, recv(descriptor, &bytes, bytes.count, 0)))
            rest = bytes.prefix(rest.count)
            var fields: [String: [String]] = [:]
            while let end = rest.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "\n") }) {
                let name = String(decoding: rest[..<end], as: UTF8.self)
                let isLong = rest[end] == UInt8(ascii: "\n")
                rest = rest[(end + 1)...]
                let length =
                    isLong
                    ? rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                    : (rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex) - rest.startIndex
                if isLong { rest = rest.dropFirst(8) }
                fields[name, default: []].append(String(decoding: rest.prefix(length), as: UTF8.self))
                rest = rest.dropFirst(length + 1)
            }
            return fields
        }
    }

    private let labels = [
        "team": "shop", "complainer_jira_password": "s3cr3t", "complainer_email_password": "s3cr3t",
        "complainer_journald_priority": "crit",
    ]

    @Test func everythingIsInFields() async throws {
        let journal = try Journal()
        let reporter = try JournaldReporter(settings("journald"), socket: JournalSocket(path: journal.path))
        let report = Report.sample("journald", labels: labels) { delivery in
            delivery.evidence.stderrTail = "\u{1b}[31mone\nMESSAGE=forged\n"
            delivery.evidence.logsError = "half of them"
            delivery.failure.image = ""
        }
        #expect(try await reporter.deliver(report) == .delivered)
        let entry = journal.entry()
        #expect(entry["MESSAGE"] == ["Task web (web.1) died with status TASK_FAILED"])
        #expect(entry["MESSAGE_ID"] == [JournaldReporter.messageID] && entry["PRIORITY"] == ["2"])
        #expect(entry["COMPLAINER_TASK_ID"] == ["web.1"] && entry["COMPLAINER_FRAMEWORK"] == ["marathon"])
        #expect(entry["COMPLAINER_FINISHED"] == ["2026-11-21T10:00:00.250000Z"] && entry["COMPLAINER_IMAGE"] == nil)
        #expect(entry["COMPLAINER_STDERR_TAIL"] == ["one\nMESSAGE=forged\n"])
        #expect(entry["COMPLAINER_LOGS_ERROR"] == ["half of them"] && entry["COMPLAINER_EXIT_CODE"] == ["1"])
        #expect(entry["COMPLAINER_LABEL"] == ["complainer_journald_priority=crit", "team=shop"])
    }

    @Test func anEntryIsNeverTooLarge() async throws {
        let journal = try Journal()
        let reporter = try JournaldReporter(settings("journald"), socket: JournalSocket(path: journal.path))
        let report = Report.sample("journald") { delivery in
            delivery.failure.name = String(repeating: "n\n", count: 100_000)
            delivery.failure.message = String(repeating: "m", count: 100_000)
            delivery.evidence.stdoutTail = String(repeating: "o\n", count: 100_000)
            for number in 0..<500 { delivery.failure.labels["\(number)"] = String(repeating: "v", count: 1000) }
        }
        #expect(try await reporter.deliver(report) == .delivered)
        #expect(journal.entry()["COMPLAINER_TASK_ID"] == ["web.1"])
    }

    @Test func withoutAJournalItIsTriedAgain() async throws {
        let reporter = try JournaldReporter(settings("journald"), socket: JournalSocket(path: "/nowhere/socket"))
        let error = await refusal(of: .sample("journald"), by: reporter)
        #expect(error?.isPermanent == false && error?.isTurnedAway == true)
        #expect(error?.reason.contains("/nowhere/socket") == true)
    }

    /// The catalog's entry is found by the id alone.
    @Test func theCatalogKnowsTheMessage() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let catalog = try String(contentsOf: root.appending(path: "systemd/complainer.catalog"), encoding: .utf8)
        #expect(catalog.contains("\n-- \(JournaldReporter.messageID)\n"))
        #expect(
            try String(
                contentsOf: root.appending(path: "Sources/complainer/complainer.docc/Journal.md"), encoding: .utf8
            ).contains(
                JournaldReporter.messageID))
    }
}
