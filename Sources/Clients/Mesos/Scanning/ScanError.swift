/// Why a JSON document could not be read to its end.
public enum ScanError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not JSON, or not in the order of JSON, at this offset in bytes.
    case malformed(offset: Int, expected: String)
    /// One string, number or word longer than so many bytes.
    case tokenTooLong(Int)
    /// So many bytes without anything that the reader looks for.
    case nothingFound(Int)
    /// The document ended after so many bytes, before it was complete.
    case truncated(Int)
    /// No memory for a window of so many bytes.
    case noMemory(Int)
    /// simdjson gave up; a bug.
    case failed

    public var description: String {
        switch self {
        case .malformed(let offset, let expected): "not the expected JSON: no \(expected) at byte \(offset)"
        case .tokenTooLong(let limit): "not the expected JSON: one token of more than \(limit) bytes"
        case .nothingFound(let count): "not the expected JSON: \(count) bytes without anything known in them"
        case .truncated(let count): "the JSON document ended after \(count) bytes, before it was complete"
        case .noMemory(let count): "no memory for \(count) bytes of JSON"
        case .failed: "simdjson could not index the JSON document"
        }
    }
}
