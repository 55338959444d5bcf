/// Where a container wrote something.
public enum LogStream: UInt8, Sendable, Equatable {
    case stdout = 1
    case stderr = 2
}

/// A part of one entry of a container's log.
public struct LogPiece: Sendable, Equatable {
    public var stream: LogStream
    public var bytes: ArraySlice<UInt8>
    /// Whether an entry begins here; with timestamps it is here that one stands. Of a terminal's output nobody knows.
    public var beginsEntry: Bool
}

/// Takes a container's log apart, however it is chopped: frames of an 8-byte header (stream, three zeros, the length in
/// 4 bytes, big-endian) and that many bytes, as the Docker Engine API describes them. Does no I/O and holds no frame.
struct LogDemultiplexer {
    /// dockerd's own entries have at most 16 KiB and a timestamp; a driver's may be longer.
    static let maximumFrame = 1 << 30

    private var header: [UInt8] = []
    private var stream = LogStream.stdout
    private var remaining = 0
    private var isAtStart = false
    /// What dockerd has to say itself, in a frame of stream 3.
    private var systemError: [UInt8]?

    /// Whether the log may end here: between two frames.
    var isBetweenFrames: Bool { header.isEmpty && remaining == 0 }

    /// Why this is not a log, or dockerd's own error in the middle of one.
    enum Failure: Error, Equatable {
        case notAFrame(UInt8)
        case tooLong(Int)
        case docker(String)
    }

    mutating func feed(_ chunk: [UInt8]) throws(Failure) -> [LogPiece] {
        var pieces: [LogPiece] = []
        var rest = chunk[...]
        while !rest.isEmpty {
            guard remaining > 0 else {
                let part = rest.prefix(8 - header.count)
                header += part
                rest = rest.dropFirst(part.count)
                if header.count == 8 { try begin() }
                continue
            }
            let bytes = rest.prefix(remaining)
            rest = rest.dropFirst(bytes.count)
            remaining -= bytes.count
            if systemError != nil {
                try takeError(bytes)
            } else {
                pieces.append(LogPiece(stream: stream, bytes: bytes, beginsEntry: isAtStart))
                isAtStart = false
            }
        }
        return pieces
    }

    private mutating func begin() throws(Failure) {
        let length = header[4...].reduce(0) { $0 << 8 | Int($1) }
        guard header[0] <= 3, header[1] == 0, header[2] == 0, header[3] == 0 else { throw .notAFrame(header[0]) }
        guard length <= Self.maximumFrame else { throw .tooLong(length) }
        systemError = header[0] == 3 ? [] : nil
        stream = header[0] == 2 ? .stderr : .stdout
        remaining = length
        isAtStart = true
        header.removeAll(keepingCapacity: true)
    }

    private mutating func takeError(_ bytes: ArraySlice<UInt8>) throws(Failure) {
        guard var text = systemError else { return }
        text += bytes.prefix(4096 - min(4096, text.count))
        systemError = text
        if remaining == 0 { throw .docker(DockerClient.oneLine(String(decoding: text, as: UTF8.self))) }
    }
}
