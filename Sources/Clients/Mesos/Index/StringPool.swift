/// Byte strings that many tasks share, each kept once as long as it is used.
struct StringPool {
    /// A byte string's number. 0 is the empty one.
    typealias Handle = UInt32

    private struct Entry {
        var piece = ByteArena.Piece()
        var references: UInt32 = 0
        var hash: UInt32 = 0
    }

    private var arena = ByteArena()
    private var entries: [Entry] = [Entry()]
    private var free: [UInt32] = []
    private var table = SlotTable()

    /// The handle of a byte string, with one more reference to it.
    mutating func intern(_ text: UnsafeRawBufferPointer) -> Handle {
        guard !text.isEmpty else { return 0 }
        let hash = hash(text)
        if let found = find(text, hash) {
            entries[Int(found)].references += 1
            return found
        }
        let entry = Entry(piece: arena.append(text), references: 1, hash: hash)
        guard entry.piece.length > 0 else { return 0 }
        let number: Int
        if let last = free.popLast() {
            number = Int(last)
            entries[number] = entry
        } else {
            number = entries.count
            entries.append(entry)
        }
        table.insert(number, hash) { entries[$0].hash }
        return Handle(number)
    }

    /// The handle of a byte string that is there.
    func find(_ text: UnsafeRawBufferPointer) -> Handle? {
        text.isEmpty ? 0 : find(text, hash(text))
    }

    private func find(_ text: UnsafeRawBufferPointer, _ hash: UInt32) -> Handle? {
        table.find(hash) { number in
            entries[number].hash == hash && arena.equals(entries[number].piece, text)
        }.map(Handle.init)
    }

    /// Gives one reference back.
    mutating func release(_ handle: Handle) {
        guard handle != 0 else { return }
        let number = Int(handle)
        entries[number].references -= 1
        guard entries[number].references == 0 else { return }
        table.remove(number, entries[number].hash) { entries[$0].hash }
        arena.free(entries[number].piece)
        entries[number] = Entry()
        free.append(handle)
        guard arena.wantsCompaction else { return }
        arena.compact { visit in
            for index in entries.indices { visit(&entries[index].piece) }
        }
    }

    func bytes(_ handle: Handle) -> ArraySlice<UInt8> { arena.bytes(entries[Int(handle)].piece) }

    func string(_ handle: Handle) -> String { String(decoding: bytes(handle), as: UTF8.self) }

    /// Byte strings in use.
    var count: Int { table.count }
}
