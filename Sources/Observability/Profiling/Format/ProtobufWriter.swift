/// Writes the wire format of protocol buffers (protobuf.dev/programming-guides/encoding), as much of it as profiles need.
/// Zeros and empty texts are what a reader takes for a field that is missing, and left out.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func integer(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        key(field, type: 0)
        varint(value)
    }

    mutating func integer(_ field: Int, _ value: Int64) { integer(field, UInt64(bitPattern: value)) }

    mutating func flag(_ field: Int, _ value: Bool) { integer(field, value ? UInt64(1) : 0) }

    /// A repeated number, in one piece.
    mutating func packed(_ field: Int, _ values: some Sequence<UInt64>) {
        var inner = ProtobufWriter()
        for value in values { inner.varint(value) }
        guard !inner.bytes.isEmpty else { return }
        raw(field, inner.bytes)
    }

    /// An element of a repeated text: written also when it is empty.
    mutating func element(_ field: Int, _ text: String) { raw(field, Array(text.utf8)) }

    /// A message inside of this one.
    mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        write(&inner)
        raw(field, inner.bytes)
    }

    private mutating func raw(_ field: Int, _ content: [UInt8]) {
        key(field, type: 2)
        varint(UInt64(content.count))
        bytes += content
    }

    private mutating func key(_ field: Int, type: UInt64) { varint(UInt64(field) << 3 | type) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
