/// The questions that wait for an answer. Everybody who wants to know the same thing waits for the same answer, so that
/// the dispatcher is never asked more than one of each at a time, however many clients there are.
struct PendingAsks<Waiter> {
    private struct Ask {
        let what: String
        var waiters: [Waiter]
    }
    private var asks: [Int64: Ask] = [:]
    private var numbers: [String: Int64] = [:]
    private var last: Int64 = 0

    /// Adds one who waits.
    ///
    /// - Returns: the number under which the question is to be sent; nil when it is already under way.
    mutating func join(_ what: String, _ waiter: Waiter) -> Int64? {
        if let number = numbers[what] {
            asks[number]?.waiters.append(waiter)
            return nil
        }
        last += 1
        asks[last] = Ask(what: what, waiters: [waiter])
        numbers[what] = last
        return last
    }

    /// Whether a question of that number was ever asked; an answer to any other breaks the protocol.
    func wasAsked(_ number: Int64) -> Bool { (1...max(last, 1)).contains(number) && last > 0 }

    /// Ends a question: those who waited for it. Nobody when it has ended before, by time for example.
    mutating func end(_ number: Int64) -> [Waiter] {
        guard let ask = asks.removeValue(forKey: number) else { return [] }
        numbers[ask.what] = nil
        return ask.waiters
    }

    /// Ends all questions.
    mutating func endAll() -> [Waiter] {
        defer {
            asks = [:]
            numbers = [:]
        }
        return asks.values.flatMap(\.waiters)
    }
}
