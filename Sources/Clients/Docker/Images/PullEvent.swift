import FoundationEssentials

/// One line of what `POST /images/create` streams.
struct PullEvent: Sendable, Equatable {
    var id: String?
    var status: String?
    var current: Int64?
    var total: Int64?
    /// The pull has failed, in the words of dockerd or the registry.
    var error: String?
}

extension PullEvent: Decodable {
    private struct Detail: Decodable {
        var current: Int64?
        var total: Int64?
    }
    private struct Failure: Decodable { var message: String? }
    private enum Key: String, CodingKey { case id, status, progressDetail, error, errorDetail }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        id = try fields.decodeIfPresent(String.self, forKey: .id)
        status = try fields.decodeIfPresent(String.self, forKey: .status)
        let detail = try? fields.decodeIfPresent(Detail.self, forKey: .progressDetail)
        current = detail?.current
        total = detail?.total
        let message = try? fields.decodeIfPresent(Failure.self, forKey: .errorDetail)?.message
        error = try fields.decodeIfPresent(String.self, forKey: .error) ?? message
    }
}

/// Cuts the stream into lines, however it is chopped, and reads them. Does no I/O.
struct PullEventDecoder {
    /// No line of dockerd is nearly as long.
    static let maximumLine = 1 << 20
    private var line: [UInt8] = []

    /// nil in the list: a line that is no JSON.
    mutating func feed(_ bytes: [UInt8]) -> [PullEvent?] {
        var events: [PullEvent?] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if let event = finish() { events.append(event) }
            } else if line.count < Self.maximumLine {
                line.append(byte)
            }
        }
        return events
    }

    /// What stood after the last newline.
    mutating func finish() -> PullEvent?? {
        defer { line.removeAll(keepingCapacity: true) }
        guard line.contains(where: { $0 > UInt8(ascii: " ") }) else { return nil }
        return .some(try? JSONDecoder().decode(PullEvent.self, from: Data(line)))
    }
}
