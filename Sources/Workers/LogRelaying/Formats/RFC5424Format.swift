/// The Syslog Protocol, RFC 5424: facility daemon, the severity by the line's level, the container's name of the image
/// or service as application, its id as process, the stream as message id, and the labels as structured data.
struct RFC5424Format: LineFormat {
    private static let daemon = 3
    private static let severities = (error: 3, info: 6)
    /// There is no number of our own; this one is for examples (RFC 5612).
    private static let structure = "labels@32473"

    private let info = Array("<\(daemon * 8 + severities.info)>1 ".utf8)
    private let error = Array("<\(daemon * 8 + severities.error)>1 ".utf8)
    /// From behind the timestamp to the message id, and from there to the text.
    private let names: [UInt8]
    private let data: [UInt8]
    private let maximum: Int

    init(_ context: LineContext) {
        names = Array(
            " \(Self.field(context.hostname, 255)) \(Self.field(context.application, 48)) \(Self.field(context.container, 128)) "
                .utf8)
        data = Self.data(context.labels)
        maximum = context.maximumDatagram
    }

    var sendsNewline: Bool { false }

    func append(_ text: UnsafeRawBufferPointer, time: [UInt8], _ origin: LineOrigin, to target: inout [UInt8]) -> Int {
        let start = target.count
        target.append(contentsOf: origin.level == .error ? error : info)
        Self.append(time: time, to: &target)
        target.append(contentsOf: names)
        target.append(contentsOf: origin.stream == .stderr ? "stderr".utf8 : "stdout".utf8)
        target.append(contentsOf: data)
        let room = max(LineContext.leastText, maximum - (target.count - start))
        let used = TextCopy.append(text, to: &target, room: room, escaping: false)
        target.append(UInt8(ascii: "\n"))
        return used
    }

    /// Docker's times have nine digits behind the point, and six are allowed here.
    private static func append(time: [UInt8], to target: inout [UInt8]) {
        guard let point = time.firstIndex(of: UInt8(ascii: ".")) else {
            if time.isEmpty { target.append(UInt8(ascii: "-")) } else { target.append(contentsOf: time) }
            return
        }
        let zone = time[point...].dropFirst().drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        target.append(contentsOf: time[..<min(point + 7, zone.startIndex)])
        target.append(contentsOf: zone)
    }

    /// Visible ASCII without blanks, `-` when nothing is left.
    private static func field(_ text: String, _ limit: Int) -> String {
        let bytes = text.utf8.lazy.map { (0x21...0x7E).contains($0) ? $0 : UInt8(ascii: "_") }.prefix(limit)
        return bytes.isEmpty ? "-" : String(decoding: Array(bytes), as: UTF8.self)
    }

    private static func data(_ labels: [(name: String, value: String)]) -> [UInt8] {
        guard !labels.isEmpty else { return Array(" - ".utf8) }
        var bytes = Array(" [\(structure)".utf8)
        for label in labels {
            bytes += " ".utf8
            bytes += name(label.name)
            bytes += "=\"".utf8
            bytes += value(label.value)
            bytes += "\"".utf8
        }
        return bytes + "] ".utf8
    }

    /// SD-NAME: at most 32 characters, without `=`, `]` and `"`.
    private static func name(_ text: String) -> [UInt8] {
        let forbidden = Set("=]\"".utf8)
        return field(text, 32).utf8.map { forbidden.contains($0) ? UInt8(ascii: "_") : $0 }
    }

    /// PARAM-VALUE: `"`, `\` and `]` stand behind a backslash.
    private static func value(_ text: String) -> [UInt8] {
        var plain: [UInt8] = []
        TextCopy.append(text, to: &plain, room: LineContext.longestValue, escaping: false)
        return plain.flatMap { Set("\"\\]".utf8).contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] }
    }
}
