/// The elements that were put in last, up to a number: the oldest are forgotten.
public struct RecentSet<Element: Hashable & Sendable>: Sendable {
    private let capacity: Int
    private var elements: Set<Element> = []
    private var order: [Element] = []
    private var oldest = 0

    /// - Parameter capacity: more than 0.
    public init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    public func contains(_ element: Element) -> Bool { elements.contains(element) }

    /// False if it is there; it does not become newer by that.
    @discardableResult
    public mutating func insert(_ element: Element) -> Bool {
        guard elements.insert(element).inserted else { return false }
        if order.count < capacity {
            order.append(element)
        } else {
            elements.remove(order[oldest])
            order[oldest] = element
            oldest = (oldest + 1) % capacity
        }
        return true
    }
}
