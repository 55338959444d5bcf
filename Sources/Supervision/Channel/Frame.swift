/// The framing of every channel between our processes: a 4-byte big-endian length, then that many bytes.
///
/// A length of zero or above ``maximumLength`` is a violation: the connection cannot be trusted any more.
public enum Frame {
    /// The longest payload, in bytes: 16 MiB.
    public static let maximumLength = 16 * 1024 * 1024

    static let headerLength = 4

    /// Appends a frame that carries `payload` to `buffer`.
    ///
    /// - Throws: ``ChannelError/tooLarge(_:)`` when the payload is empty or over the maximum.
    static func append<Payload: Collection<UInt8>>(
        _ payload: Payload, to buffer: inout [UInt8]
    ) throws(ChannelError) {
        let count = payload.count
        guard count > 0, count <= maximumLength else { throw .tooLarge(count) }
        buffer.reserveCapacity(buffer.count + headerLength + count)
        for shift in [24, 16, 8, 0] {
            buffer.append(UInt8(truncatingIfNeeded: count >> shift))
        }
        buffer.append(contentsOf: payload)
    }
}

/// Cuts a byte stream into frames, however the bytes are chopped. Does no I/O.
struct FrameDecoder {
    private var buffer: [UInt8] = []
    private var start = 0
    private var violation: ChannelError?

    /// Bytes held back because their frame is not complete.
    var pending: Int { buffer.count - start }

    /// Takes bytes as they came from the socket.
    mutating func append(_ bytes: some Sequence<UInt8>) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 20)
            start = 0
        } else if start > 1 << 16, start > buffer.count / 2 {
            buffer.removeSubrange(..<start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next complete frame's payload, or nil when more bytes are needed.
    ///
    /// - Throws: ``ChannelError/violation(_:)`` on a forbidden length; from then on always.
    mutating func next() throws(ChannelError) -> [UInt8]? {
        if let violation { throw violation }
        guard pending >= Frame.headerLength else { return nil }
        var length = 0
        for offset in 0..<Frame.headerLength {
            length = length << 8 | Int(buffer[start + offset])
        }
        guard length > 0, length <= Frame.maximumLength else {
            let error = ChannelError.violation("a frame of \(length) bytes (1 to \(Frame.maximumLength) are allowed)")
            violation = error
            throw error
        }
        guard pending >= Frame.headerLength + length else { return nil }
        let first = start + Frame.headerLength
        let payload = Array(buffer[first..<first + length])
        start = first + length
        return payload
    }
}
