/// The content of a log, in memory or made up as it is read.
public struct FakeFile: Sendable {
    public let size: Int64
    private let content: @Sendable (Int64, Int) -> [UInt8]

    public init(_ bytes: [UInt8]) {
        size = Int64(bytes.count)
        content = { offset, length in
            let start = Int(min(offset, Int64(bytes.count)))
            return Array(bytes[start..<min(bytes.count, start + length)])
        }
    }

    public init(_ text: String) {
        self.init(Array(text.utf8))
    }

    /// Lines of 64 bytes that each say where they are: nothing can be missing, doubled or moved without being seen.
    public static func lines(_ size: Int64) -> FakeFile {
        FakeFile(size: size) { offset, length in
            let end = min(size, offset + Int64(length))
            guard offset < end else { return [] }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(Int(end - offset) + 128)
            for line in (offset / 64)...((end - 1) / 64) { bytes += Self.line(line) }
            let skipped = Int(offset % 64)
            return Array(bytes[skipped..<(skipped + Int(end - offset))])
        }
    }

    /// The same byte for ever: for measuring others than this.
    public static func flat(_ size: Int64) -> FakeFile {
        let block = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        return FakeFile(size: size) { offset, length in
            let count = Int(min(Int64(length), max(0, size - offset)))
            return count == block.count ? block : Array(block.prefix(count))
        }
    }

    private init(size: Int64, content: @escaping @Sendable (Int64, Int) -> [UInt8]) {
        self.size = size
        self.content = content
    }

    /// Fewer at the end.
    public func bytes(_ offset: Int64, _ length: Int) -> [UInt8] { content(offset, length) }

    private static func line(_ number: Int64) -> [UInt8] {
        let text = "\(number)"
        var bytes = [UInt8](repeating: UInt8(ascii: "0"), count: 16 - min(16, text.utf8.count)) + Array(text.utf8)
        bytes += Array(repeating: UInt8(ascii: "a") + UInt8(number % 26), count: 46)
        // A byte that is no UTF-8.
        return bytes + [0xE9, UInt8(ascii: "\n")]
    }
}
