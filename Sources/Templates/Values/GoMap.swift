/// A Go map with string keys, kept in the order in which Go prints and ranges over maps: sorted by the keys' bytes.
public struct GoMap: Sendable {
    struct Entry: Sendable {
        var key: GoString
        var value: Value
    }

    let entries: [Entry]
    /// Type of the elements; `.any` for `map[string]interface{}`.
    public let element: GoType

    /// A map of `entries` in any order; of entries with the same key the last one counts.
    public init(_ entries: [(key: GoString, value: Value)], element: GoType = .any) {
        self.element = element
        // Sorted by key, and those of one key by their order: the last one stays.
        let order = entries.indices.sorted { one, other in
            let (left, right) = (entries[one].key.bytes, entries[other].key.bytes)
            return left == right ? one < other : left.lexicographicallyPrecedes(right)
        }
        var sorted: [Entry] = []
        sorted.reserveCapacity(entries.count)
        for index in order {
            let entry = Entry(key: entries[index].key, value: entries[index].value)
            if sorted.last?.key == entry.key { sorted.removeLast() }
            sorted.append(entry)
        }
        self.entries = sorted
    }

    public var count: Int { entries.count }

    public subscript(key: GoString) -> Value? {
        // Few entries are the rule, and then comparing lengths first beats a binary search.
        if entries.count <= 16 {
            for entry in entries where entry.key == key { return entry.value }
            return nil
        }
        let position = GoMap.position(of: key.bytes, in: entries)
        guard position < entries.count, entries[position].key == key else { return nil }
        return entries[position].value
    }

    /// Index of the first entry whose key is not before `key`.
    private static func position(of key: [UInt8], in entries: [Entry]) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].key.bytes.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
