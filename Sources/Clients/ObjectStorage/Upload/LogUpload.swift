/// What to do next to store a stream of bytes of unknown length as one object: one request when all of it fits into a
/// part, otherwise an upload in parts, of which one is sent while the next is read. So at most two parts (and one chunk
/// of the source) are in memory.
///
/// It does nothing itself: whoever drives it does what `next` says, and tells it the outcome.
public struct LogUpload: Sendable {
    public enum Step: Sendable, Equatable {
        /// Read a chunk, then call `received`.
        case read
        /// Store the whole content in one request; nothing comes after it.
        case put([UInt8])
        /// Begin an upload in parts, then call `began`.
        case begin
        /// Start storing a part. `stored` is to be called when `wait` asks for it.
        case store(number: Int, [UInt8])
        /// Wait for the part that is being stored, then call `stored`.
        case wait
        /// Complete the upload; nothing comes after it.
        case complete([UploadedPart])
        /// More parts than an object may have would be needed: abort.
        case tooManyParts
        /// All is done.
        case finished
    }

    /// The bytes of every part but the last, and the most that is stored in one request: 7 MiB. Two logs of four cases
    /// at once, of which four send a part while the next is read, are 88 MB, and a worker may have 160; 10 000 parts are
    /// more than the longest log that is saved.
    public static let partBytes = 7 << 20
    /// As S3 has it: 10 000.
    public static let mostParts = 10_000

    private enum Phase {
        case gathering, beginning, storing, ended
    }

    private let partBytes: Int
    private let mostParts: Int
    private var phase = Phase.gathering
    private var buffer: [UInt8] = []
    private var sourceHasEnded = false
    private var partIsUnderWay = false
    private var parts: [UploadedPart] = []

    /// How many bytes came from the source so far.
    public private(set) var byteCount: Int64 = 0

    public init(partBytes: Int = Self.partBytes, mostParts: Int = Self.mostParts) {
        self.partBytes = max(1, partBytes)
        self.mostParts = mostParts
    }

    /// Bytes held here, without the part that is being stored.
    var bufferedBytes: Int { buffer.count }

    public mutating func next() -> Step {
        switch phase {
        case .gathering:
            if buffer.count > partBytes {
                phase = .beginning
                return .begin
            }
            guard sourceHasEnded else { return .read }
            phase = .ended
            return .put(taken(buffer.count))
        case .beginning:
            return .begin
        case .storing:
            return nextOfParts()
        case .ended:
            return .finished
        }
    }

    /// A chunk of any size, also an empty one; nil is the end.
    public mutating func received(_ chunk: [UInt8]?) {
        guard let chunk else {
            sourceHasEnded = true
            return
        }
        byteCount += Int64(chunk.count)
        if buffer.isEmpty { buffer = chunk } else { append(chunk) }
    }

    public mutating func began() {
        if phase == .beginning { phase = .storing }
    }

    public mutating func stored(_ part: UploadedPart) {
        partIsUnderWay = false
        parts.append(part)
    }

    private mutating func nextOfParts() -> Step {
        let hasPart = buffer.count >= partBytes || sourceHasEnded && !buffer.isEmpty
        if hasPart, !partIsUnderWay {
            guard parts.count < mostParts else {
                phase = .ended
                return .tooManyParts
            }
            partIsUnderWay = true
            return .store(number: parts.count + 1, taken(min(partBytes, buffer.count)))
        }
        if !hasPart, !sourceHasEnded { return .read }
        if partIsUnderWay { return .wait }
        phase = .ended
        return .complete(parts)
    }

    private mutating func append(_ chunk: [UInt8]) {
        let count = buffer.count + chunk.count
        // An array that grows by itself doubles, and for a moment the old one is there too: half a part more than needed.
        if count > buffer.capacity, count > Self.large {
            buffer.reserveCapacity(max(count, partBytes + Self.large))
        }
        buffer += chunk
    }

    /// Bytes from which on a log is expected to fill a part.
    private static let large = 1 << 20

    /// The first bytes of the buffer, which it loses: not a copy of them, only of what remains.
    private mutating func taken(_ count: Int) -> [UInt8] {
        var first: [UInt8] = []
        swap(&first, &buffer)
        guard count < first.count else { return first }
        buffer = Array(first[count...])
        first.removeLast(first.count - count)
        return first
    }
}
