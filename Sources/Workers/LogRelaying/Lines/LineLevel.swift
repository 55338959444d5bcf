import DockerClient

/// How much a line matters.
enum LineLevel: Equatable, Sendable {
    case info
    case error

    /// Whether a line holds the word "error", in any case: on stderr that makes it one.
    static func saysError(_ line: UnsafeRawBufferPointer) -> Bool {
        // "error" has two letters r beside each other, which few other words have.
        guard line.count >= 5 else { return false }
        var index = 2
        while index < line.count - 2 {
            let byte = line[index] | 0x20
            if byte == UInt8(ascii: "r") {
                if line[index - 1] | 0x20 == byte, line[index - 2] | 0x20 == UInt8(ascii: "e"),
                    line[index + 1] | 0x20 == UInt8(ascii: "o"), line[index + 2] | 0x20 == byte
                {
                    return true
                }
            }
            index += 1
        }
        return false
    }
}

/// All about a line but its text.
struct LineOrigin: Equatable, Sendable {
    var stream: LogStream
    var level: LineLevel
}
