/// `{"Timestamp":"2026-11-21T10:00:00.123456789Z","Level":"info","Hostname":"…","Payload":"…"}`, with the labels as
/// further fields, and a newline: as the original sends it.
struct JSONFormat: LineFormat {
    private let beginning = Array(#"{"Timestamp":""#.utf8)
    private let ending = Array("\"}\n".utf8)
    /// From behind the timestamp to the text.
    private let info: [UInt8]
    private let error: [UInt8]
    private let maximum: Int

    private static let ownFields: Set<String> = ["Timestamp", "Level", "Hostname", "Payload"]

    init(_ context: LineContext) {
        info = Self.middle("info", context)
        error = Self.middle("error", context)
        maximum = context.maximumDatagram
    }

    var sendsNewline: Bool { true }

    private static func middle(_ level: String, _ context: LineContext) -> [UInt8] {
        var bytes = Array(#"","Level":"\#(level)","Hostname":""#.utf8)
        TextCopy.append(context.hostname, to: &bytes, room: LineContext.longestValue, escaping: true)
        for label in context.labels {
            bytes += "\",\"".utf8
            // A label of the name of a field of ours gets the name that the original gives it.
            TextCopy.append(
                ownFields.contains(label.name) ? "fields.\(label.name)" : label.name, to: &bytes, escaping: true)
            bytes += "\":\"".utf8
            TextCopy.append(label.value, to: &bytes, room: LineContext.longestValue, escaping: true)
        }
        bytes += "\",\"Payload\":\"".utf8
        return bytes
    }

    func append(_ text: UnsafeRawBufferPointer, time: [UInt8], _ origin: LineOrigin, to target: inout [UInt8]) -> Int {
        let start = target.count
        target.append(contentsOf: beginning)
        target.append(contentsOf: time)
        target.append(contentsOf: origin.level == .error ? error : info)
        let room = max(LineContext.leastText, maximum - (target.count - start) - ending.count)
        let used = TextCopy.append(text, to: &target, room: room, escaping: true)
        target.append(contentsOf: ending)
        return used
    }
}
