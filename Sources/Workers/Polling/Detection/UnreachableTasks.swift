/// The tasks whose agents the master does not reach, the oldest first. Does no I/O.
///
/// They may come back, but a master that gives them up for good says nothing, so only so many are remembered.
struct UnreachableTasks: Sendable {
    static let most = 10_000

    private var numbers: [TaskKey: Int] = [:]
    /// In the order of coming, with those that are not there any more.
    private var order: [(key: TaskKey, number: Int)] = []
    private var first = 0
    private var last = 0

    var count: Int { numbers.count }

    /// - Returns: the oldest task, which has to go if there are too many.
    mutating func insert(_ key: TaskKey) -> TaskKey? {
        guard numbers[key] == nil else { return nil }
        last += 1
        numbers[key] = last
        order.append((key, last))
        var oldest: TaskKey?
        if numbers.count > Self.most {
            while first < order.count, oldest == nil {
                let (key, number) = order[first]
                if numbers[key] == number {
                    numbers[key] = nil
                    oldest = key
                }
                first += 1
            }
        }
        if order.count > 2 * numbers.count + 100 {
            order = order[first...].filter { numbers[$0.key] == $0.number }
            first = 0
        }
        return oldest
    }

    mutating func remove(_ key: TaskKey) {
        if !numbers.isEmpty { numbers[key] = nil }
    }

    mutating func removeAll(framework: String) {
        numbers = numbers.filter { $0.key.framework != framework }
    }
}
