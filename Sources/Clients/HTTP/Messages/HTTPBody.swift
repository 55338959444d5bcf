/// What a request carries.
public enum HTTPBody: Sendable {
    case none

    case bytes([UInt8])

    /// Asked for one chunk after the other, as fast as the peer takes them and never more than one ahead; nil ends the
    /// body. It is asked only once the connection stands. Without a length the body is sent chunked. A stream cannot be
    /// sent twice: a redirect that wants it again, or a length that turns out wrong, is `HTTPError.Kind.upload`.
    case stream(length: Int64?, @Sendable () async throws -> [UInt8]?)

    /// Bytes, where known before sending.
    var length: Int64? {
        switch self {
        case .none: 0
        case .bytes(let bytes): Int64(bytes.count)
        case .stream(let length, _): length
        }
    }
}
