/// A hash table of numbers, whose keys its owner has: open addressing, four bytes for a slot.
struct SlotTable {
    /// 0 is free, otherwise a number plus one. The length is a power of two.
    private var slots: [UInt32] = Array(repeating: 0, count: 16)
    private(set) var count = 0

    /// The number that `matches`, among those with that hash.
    @inline(__always)
    func find(_ hash: UInt32, matches: (Int) -> Bool) -> Int? {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            let number = Int(slots[slot] - 1)
            if matches(number) { return number }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Adds a number that is not there. `hashOf` gives the hash of any number in the table.
    mutating func insert(_ number: Int, _ hash: UInt32, hashOf: (Int) -> UInt32) {
        if (count + 1) * 4 > slots.count * 3 { rebuild(slots.count * 2, hashOf) }
        place(number, hash)
        count += 1
    }

    /// Takes a number out; what was pushed away from its place by it moves back.
    mutating func remove(_ number: Int, _ hash: UInt32, hashOf: (Int) -> UInt32) {
        let mask = slots.count - 1
        var hole = Int(hash) & mask
        while slots[hole] != UInt32(number) + 1 {
            guard slots[hole] != 0 else { return }
            hole = (hole + 1) & mask
        }
        count -= 1
        var next = (hole + 1) & mask
        while slots[next] != 0 {
            let home = Int(hashOf(Int(slots[next] - 1))) & mask
            // It may move if its home is not between the hole and where it is, going round.
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = 0
        if slots.count > 1024, count * 8 < slots.count { rebuild(slots.count / 4, hashOf) }
    }

    private mutating func place(_ number: Int, _ hash: UInt32) {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = UInt32(number) + 1
    }

    private mutating func rebuild(_ length: Int, _ hashOf: (Int) -> UInt32) {
        let old = slots
        slots = Array(repeating: 0, count: length)
        for entry in old where entry != 0 { place(Int(entry - 1), hashOf(Int(entry - 1))) }
    }
}
