import Synchronization

/// A body in so many chunks, which counts how often it was asked.
final class ChunkSource: Sendable {
    private let count: Int
    private let size: Int
    private let asked = Mutex(0)

    init(count: Int, size: Int) {
        self.count = count
        self.size = size
    }

    var askedCount: Int { asked.withLock { $0 } }

    func next() -> [UInt8]? {
        let number = asked.withLock { asked in
            asked += 1
            return asked
        }
        return number <= count ? [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size) : nil
    }
}
