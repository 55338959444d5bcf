import DockerClient
import FoundationEssentials

@testable import LogRelaying

let moment = Array("2026-11-21T10:00:00.123456789Z".utf8)

/// Datagrams as they are sent.
func datagrams(_ batch: DatagramBatch, withNewline: Bool) -> [String] {
    var start = 0
    return batch.ends.map { end in
        defer { start = end }
        let bytes = batch.bytes[start..<(withNewline ? end : end - 1)]
        // Not repaired: what is sent has to be valid.
        return String(validating: bytes, as: UTF8.self) ?? "not UTF-8: \(Array(bytes))"
    }
}

extension LineFormat {
    /// All datagrams of a line.
    func render(_ line: [UInt8], _ origin: LineOrigin = LineOrigin(stream: .stdout, level: .info)) -> [String] {
        var batch = DatagramBatch()
        var rest = line[...]
        repeat {
            let used = rest.withUnsafeBytes { bytes in
                batch.add { append(bytes, time: moment, origin, to: &$0) }
            }
            rest = rest.dropFirst(used)
        } while !rest.isEmpty
        return datagrams(batch, withNewline: sendsNewline)
    }
}

extension LineContext {
    static func test(
        hostname: String = "host", application: String = "web", labels: [(String, String)] = [], maximum: Int = 8192
    ) -> LineContext {
        LineContext(
            hostname: hostname, container: "0123456789ab", application: application,
            labels: labels.map { (name: $0.0, value: $0.1) }, maximumDatagram: maximum)
    }
}
