/// Datagrams that are sent together, one behind the other, each with a newline.
struct DatagramBatch {
    private(set) var bytes: [UInt8] = []
    /// Behind each datagram's newline.
    private(set) var ends: [Int] = []

    /// How many go out together at most: so many lines may come twice after a crash.
    static let maximumCount = 64
    private static let maximumBytes = 64 << 10

    var isEmpty: Bool { ends.isEmpty }
    var isFull: Bool { ends.count >= Self.maximumCount || bytes.count >= Self.maximumBytes }

    /// Adds one datagram.
    ///
    /// - Parameter compose: appends it.
    mutating func add(_ compose: (inout [UInt8]) -> Int) -> Int {
        let used = compose(&bytes)
        ends.append(bytes.count)
        return used
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 4 * Self.maximumBytes)
        ends.removeAll(keepingCapacity: true)
    }
}
