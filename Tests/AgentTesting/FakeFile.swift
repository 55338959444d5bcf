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

    /// Noise that comes again after a prime number of bytes, so that nothing can be moved by a round number without being
    /// seen: faster than ``lines(_:)``, for large files.
    public static func noise(_ size: Int64) -> FakeFile {
        var state: UInt64 = 1
        let block = (0..<65_537).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        return FakeFile(size: size) { offset, length in
            let count = Int(min(Int64(length), max(0, size - offset)))
            var bytes: [UInt8] = []
            bytes.reserveCapacity(count)
            var start = Int(offset % Int64(block.count))
            while bytes.count < count {
                bytes += block[start..<min(block.count, start + count - bytes.count)]
                start = 0
            }
            return bytes
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
