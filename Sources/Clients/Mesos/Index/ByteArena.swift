import Glibc

/// Byte strings, one behind the other, that are freed by being counted; its owner moves the rest together at times.
struct ByteArena {
    /// Where a byte string is.
    struct Piece {
        var offset: UInt32 = 0
        var length: UInt32 = 0
    }

    private var bytes: [UInt8] = []
    private var garbage = 0

    /// The most that it can hold: 2 GiB.
    static let capacity = 1 << 31

    /// Adds a byte string; an empty one if there is no room, which takes tens of millions of tasks.
    mutating func append(_ text: UnsafeRawBufferPointer) -> Piece {
        guard !text.isEmpty, bytes.count + text.count <= Self.capacity else { return Piece() }
        let piece = Piece(offset: UInt32(bytes.count), length: UInt32(text.count))
        bytes.append(contentsOf: text)
        return piece
    }

    mutating func free(_ piece: Piece) { garbage += Int(piece.length) }

    /// Whether moving the rest together is worth while.
    var wantsCompaction: Bool { garbage > 64 * 1024 && garbage * 2 > bytes.count }

    /// Moves together what `visit` shows to its argument, which updates each piece.
    mutating func compact(_ visit: ((inout Piece) -> Void) -> Void) {
        var packed: [UInt8] = []
        packed.reserveCapacity(bytes.count - garbage)
        visit { piece in
            guard piece.length > 0 else { return }
            let offset = UInt32(packed.count)
            packed.append(contentsOf: bytes[Int(piece.offset)..<Int(piece.offset + piece.length)])
            piece.offset = offset
        }
        (bytes, garbage) = (packed, 0)
    }

    @inline(__always)
    func equals(_ piece: Piece, _ text: UnsafeRawBufferPointer) -> Bool {
        guard Int(piece.length) == text.count else { return false }
        guard let base = text.baseAddress, !text.isEmpty else { return true }
        return bytes.withUnsafeBytes { bytes in
            guard let own = bytes.baseAddress else { return false }
            return memcmp(own + Int(piece.offset), base, text.count) == 0
        }
    }

    func bytes(_ piece: Piece) -> ArraySlice<UInt8> { bytes[Int(piece.offset)..<Int(piece.offset + piece.length)] }

    /// Bytes in use, garbage included.
    var size: Int { bytes.count }
}

/// The hash of a byte string; seeded anew in each process, so that nobody can choose ids that collide.
func hash(_ text: UnsafeRawBufferPointer, with salt: UInt32 = 0) -> UInt32 {
    var hasher = Hasher()
    hasher.combine(salt)
    hasher.combine(bytes: text)
    return UInt32(truncatingIfNeeded: hasher.finalize())
}
