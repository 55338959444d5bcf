import Foundation

/// A real rsyslogd for one test, on a free port of 127.0.0.1, which keeps every datagram.
struct SyslogSink: Sendable {
    /// What rsyslogd understood of a datagram.
    struct Message: Decodable, Sendable {
        var severity: String
        var facility: String
        var host: String
        var app: String
        var procid: String
        var msgid: String
        var sd: String
        var time: String
        var msg: String
    }

    let port: Int
    private let folder: URL

    /// Starts one, lends it to `body`, and stops it, whatever happens.
    static func run(_ body: (SyslogSink) async throws -> Void) async throws {
        let folder = try Scratch.folder("syslog")
        var sink = SyslogSink(port: try FreePort.find(), folder: folder)
        // Somebody else may be quicker to take the port.
        for attempt in 1... {
            do {
                try await sink.call("up", String(sink.port))
                break
            } catch {
                guard attempt < 5 else { throw error }
                sink = SyslogSink(port: try FreePort.find(), folder: folder)
            }
        }
        do {
            try await body(sink)
        } catch {
            try? await sink.call("down")
            throw error
        }
        try await sink.call("down")
    }

    var address: String { "127.0.0.1:\(port)" }

    /// The datagrams in their order, without the newline at their end.
    var datagrams: [String] {
        get throws {
            let data = (try? Data(contentsOf: folder.appending(path: "messages"))) ?? Data()
            return String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
                .dropLast().map(String.init)
        }
    }

    /// The same as JSON objects.
    var objects: [[String: String]] {
        get throws { try datagrams.map { try JSONDecoder().decode([String: String].self, from: Data($0.utf8)) } }
    }

    /// What stands in the field `Payload`, which must be the last.
    var payloads: [String] {
        get throws {
            try datagrams.map { line in
                guard let mark = line.firstRange(of: #""Payload":""#), line.hasSuffix(#""}"#) else {
                    throw HarnessError("not a line of the relay: \(line)")
                }
                return String(line[mark.upperBound...].dropLast(2))
            }
        }
    }

    var messages: [Message] {
        get throws {
            let data = (try? Data(contentsOf: folder.appending(path: "parsed"))) ?? Data()
            return try data.split(separator: UInt8(ascii: "\n")).map {
                try JSONDecoder().decode(Message.self, from: $0)
            }
        }
    }

    private func call(_ arguments: String...) async throws {
        let process = try ChildProcess(
            Checkout.support.appending(path: "rsyslog/syslog-sink").path,
            [arguments[0], folder.path] + arguments.dropFirst(), name: "syslog-sink", in: folder)
        let exit = try await process.waitForExit()
        guard exit == .code(0) else { throw HarnessError("syslog-sink \(arguments): \(exit)\n\(process.tail)") }
    }
}
