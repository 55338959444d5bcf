/// Cuts a RecordIO stream into records, however the bytes are chopped. Does no I/O and holds no record.
///
/// RecordIO is the framing of Mesos' v1 streams: a decimal length, a newline, that many bytes, the next length. A
/// record is handed on in the pieces in which it came, because the first one of an operator stream (`SUBSCRIBED`) can
/// be hundreds of megabytes.
public struct RecordIODecoder: Sendable {
    /// What a chunk held.
    public enum Part {
        /// The next bytes of the record that is under way; valid during the call only.
        case bytes(UnsafeRawBufferPointer)
        /// The record is complete.
        case end
    }

    /// The longest record that is believed, in bytes: 64 GiB. Beyond that it is not a length but garbage.
    public static let maximumLength = 1 << 36

    private enum State {
        case length(value: Int, digits: Int)
        case record(remaining: Int)
        case failed(RecordIOError)
    }
    private var state = State.length(value: 0, digits: 0)

    public init() {}

    /// Whether the stream may end here: between two records.
    public var isBetweenRecords: Bool {
        if case .length(_, digits: 0) = state { true } else { false }
    }

    /// Takes the next bytes of the stream.
    ///
    /// - Throws: ``RecordIOError`` when this is not RecordIO, from then on always; and what `body` throws, after which
    ///   the decoder must not be used any more.
    public mutating func feed<Failure: Error>(
        _ chunk: UnsafeRawBufferPointer, _ body: (Part) throws(Failure) -> Void
    ) throws(RecordStreamError<Failure>) {
        var rest = chunk[...]
        while !rest.isEmpty {
            switch state {
            case .failed(let error):
                throw .framing(error)
            case .length(let value, let digits):
                do throws(RecordIOError) {
                    state = try Self.length(value, digits, rest[rest.startIndex])
                } catch {
                    state = .failed(error)
                    throw .framing(error)
                }
                rest = rest.dropFirst()
                if case .record(remaining: 0) = state {
                    state = .length(value: 0, digits: 0)
                    do { try body(.end) } catch { throw .body(error) }
                }
            case .record(let remaining):
                let piece = rest.prefix(remaining)
                rest = rest.dropFirst(piece.count)
                let done = piece.count == remaining
                state = done ? .length(value: 0, digits: 0) : .record(remaining: remaining - piece.count)
                do {
                    try body(.bytes(UnsafeRawBufferPointer(rebasing: piece)))
                    if done { try body(.end) }
                } catch {
                    throw .body(error)
                }
            }
        }
    }

    private static func length(_ value: Int, _ digits: Int, _ byte: UInt8) throws(RecordIOError) -> State {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            let (longer, overflow) = value.multipliedReportingOverflow(by: 10)
            let next = longer &+ Int(byte - UInt8(ascii: "0"))
            guard !overflow, next <= maximumLength, digits < 20 else { throw .tooLong }
            return .length(value: next, digits: digits + 1)
        case UInt8(ascii: "\n") where digits > 0:
            return .record(remaining: value)
        default:
            throw .notALength(byte)
        }
    }
}

/// Why a stream is not RecordIO.
public enum RecordIOError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A byte that is neither a digit nor the newline after digits.
    case notALength(UInt8)
    /// A length beyond ``RecordIODecoder/maximumLength``.
    case tooLong

    public var description: String {
        switch self {
        case .notALength(let byte):
            "not a RecordIO stream: byte 0x\(String(byte, radix: 16)) where a record's length is expected"
        case .tooLong: "not a RecordIO stream: a record of more than \(RecordIODecoder.maximumLength) bytes"
        }
    }
}

/// What can go wrong while records are handed on: the framing, or the receiver of the records.
public enum RecordStreamError<Failure: Error>: Error {
    case framing(RecordIOError)
    case body(Failure)
}
