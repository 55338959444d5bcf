/// The body of one hop, as libcurl takes it.
enum OutgoingBody {
    enum Piece {
        /// So many bytes were copied.
        case bytes(Int)
        /// Nothing yet: the transfer is nudged when there is.
        case nothingYet
        case end
        case failed(String)
    }

    case none
    case bytes([UInt8], offset: Int)
    case pipe(UploadPipe)

    mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Piece {
        switch self {
        case .none: return .end
        case .pipe(let pipe): return pipe.take(into: buffer)
        case .bytes(let bytes, let offset):
            let count = min(buffer.count, bytes.count - offset)
            guard count > 0 else { return .end }
            bytes.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count]))
            }
            self = .bytes(bytes, offset: offset + count)
            return .bytes(count)
        }
    }

    /// False when it cannot start there again.
    mutating func rewind(to offset: Int64) -> Bool {
        switch self {
        case .none: return offset == 0
        case .pipe(let pipe): return offset == 0 && pipe.isUntouched
        case .bytes(let bytes, _):
            guard offset >= 0, offset <= Int64(bytes.count) else { return false }
            self = .bytes(bytes, offset: Int(offset))
            return true
        }
    }

    /// Whether all of it was taken.
    var isComplete: Bool {
        switch self {
        case .none: true
        case .bytes(let bytes, let offset): offset == bytes.count
        case .pipe(let pipe): pipe.isExhausted
        }
    }
}
