/// UUIDs in 16 bytes, where they would have 36 characters.
enum PackedUUID {
    /// Nil for what is not a UUID in lower case, exactly as ``text(_:)`` gives it back.
    static func pack(_ text: [UInt8]) -> [UInt8]? {
        guard text.count == 36 else { return nil }
        var packed: [UInt8] = []
        packed.reserveCapacity(16)
        var high: UInt8?
        for (offset, byte) in text.enumerated() {
            if isDash(offset) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                packed.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return packed
    }

    static func text(_ packed: some Collection<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for byte in packed {
            if isDash(text.count) { text.append(UInt8(ascii: "-")) }
            text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func isDash(_ offset: Int) -> Bool { offset == 8 || offset == 13 || offset == 18 || offset == 23 }
}
