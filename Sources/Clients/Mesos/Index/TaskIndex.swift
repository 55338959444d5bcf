/// What is known of the tasks that live, in about 200 bytes for each.
///
/// The tasks of an app share its name, labels and image, so these are kept once. A failure can then be told at once,
/// without asking the master, even when it is slow or the agent is gone.
public struct TaskIndex {
    private struct Row {
        var id = ByteArena.Piece()
        var containers = ByteArena.Piece()
        /// Seconds since 1970; NaN before the first status.
        var firstTimestamp = Double.nan
        var hash: UInt32 = 0
        var framework: StringPool.Handle = 0
        var agent: StringPool.Handle = 0
        /// ``sameAsTask`` for an executor of that very task.
        var executor: StringPool.Handle = 0
        var name: StringPool.Handle = 0
        var image: StringPool.Handle = 0
        var labels: StringPool.Handle = 0
        /// Whether ``containers`` holds the 16 bytes of a UUID, which is what Mesos takes for an id.
        var isPacked = false
    }

    private static let sameAsTask = StringPool.Handle.max
    /// Between the ids of nested containers; Mesos allows it in none.
    private static let separator: UInt8 = 0x1F

    private var pool = StringPool()
    private var arena = ByteArena()
    private var rows: [Row] = []
    private var free: [UInt32] = []
    private var table = SlotTable()
    private var scratch: [UInt8] = []

    public init() {}

    /// Tasks that are known.
    public var count: Int { table.count }
    /// Different names, labels, images and ids that the tasks share.
    public var sharedStrings: Int { pool.count }

    /// Bytes of the labels of one task, from which on no more are kept: 1 MiB.
    private static let maximumLabels = 1 << 20

    /// Adds a task, or replaces what is known of it. What has no id or no framework is ignored.
    public mutating func insert(_ view: TaskView) {
        guard let id = view.id, let framework = view.frameworkID else { return }
        scratch.removeAll(keepingCapacity: true)
        id.append(to: &scratch)
        let task = scratch
        var row = Row()
        row.framework = intern(framework)
        row.agent = intern(view.agentID)
        row.name = intern(view.name)
        row.image = intern(view.image)
        scratch.removeAll(keepingCapacity: true)
        view.executorID?.append(to: &scratch)
        row.executor = scratch == task && !task.isEmpty ? Self.sameAsTask : internScratch()
        scratch.removeAll(keepingCapacity: true)
        view.forEachLabel { key, value in
            guard scratch.count < Self.maximumLabels else { return }
            Self.appendCounted(key, to: &scratch)
            Self.appendCounted(value, to: &scratch)
        }
        row.labels = internScratch()
        scratch.removeAll(keepingCapacity: true)
        view.statuses?.items { status in
            if row.firstTimestamp.isNaN { row.firstTimestamp = status.member("timestamp")?.number ?? .nan }
            if let container = status.member("container_status")?.member("container_id") {
                Self.setContainers(container, in: &scratch)
            }
        }
        setContainers(scratch, of: &row)
        insert(row, task)
    }

    private mutating func insert(_ row: Row, _ task: [UInt8]) {
        var row = row
        task.withUnsafeBytes { task in
            row.hash = hash(task, with: row.framework)
            if let known = find(row.framework, task, row.hash) { remove(known) }
            row.id = arena.append(task)
        }
        let number: Int
        if let last = free.popLast() {
            number = Int(last)
            rows[number] = row
        } else {
            number = rows.count
            rows.append(row)
        }
        table.insert(number, row.hash) { rows[$0].hash }
    }

    /// Takes from a status what the task's failure will need: its first moment and its container.
    public mutating func note(framework: String, task: String, _ status: StatusRecord) {
        guard let number = find(framework, task) else { return }
        if rows[number].firstTimestamp.isNaN { rows[number].firstTimestamp = status.timestamp ?? .nan }
        guard !status.containerIDs.isEmpty else { return }
        let containers = Array(status.containerIDs.map { Array($0.utf8) }.joined(separator: [Self.separator]))
        var row = rows[number]
        setContainers(containers, of: &row)
        rows[number] = row
        compact()
    }

    private mutating func setContainers(_ text: [UInt8], of row: inout Row) {
        let packed = PackedUUID.pack(text)
        (packed ?? text).withUnsafeBytes { bytes in
            guard row.isPacked != (packed != nil) || !arena.equals(row.containers, bytes) else { return }
            arena.free(row.containers)
            row.containers = arena.append(bytes)
            row.isPacked = packed != nil
        }
    }

    private func containers(_ row: Row) -> [String] {
        let bytes = arena.bytes(row.containers)
        if row.isPacked { return [PackedUUID.text(bytes)] }
        return bytes.split(separator: Self.separator).map { String(decoding: $0, as: UTF8.self) }
    }

    /// What is known of a task. Its history has only a first moment and a container.
    public func task(framework: String, task: String) -> TaskRecord? {
        guard let number = find(framework, task) else { return nil }
        let row = rows[number]
        let executor = row.executor == Self.sameAsTask ? task : pool.string(row.executor)
        var record = TaskRecord(
            id: task, name: pool.string(row.name), frameworkID: framework, agentID: pool.string(row.agent),
            executorID: executor, image: pool.string(row.image), labels: labels(row.labels))
        record.history.firstTimestamp = row.firstTimestamp.isNaN ? nil : row.firstTimestamp
        record.history.containerIDs = containers(row)
        return record
    }

    /// Whether a task is known.
    public func contains(framework: String, task: String) -> Bool { find(framework, task) != nil }

    /// The ids of the agents that the tasks run on.
    public var agents: Set<String> {
        let handles = Set(rows.map(\.agent))
        return Set(handles.filter { $0 != 0 }.map { pool.string($0) })
    }

    /// Forgets a task.
    public mutating func remove(framework: String, task: String) {
        guard let number = find(framework, task) else { return }
        remove(number)
        compact()
    }

    /// Forgets all tasks of a framework.
    public mutating func removeAll(framework: String) {
        var framework = framework
        guard let handle = framework.withUTF8({ pool.find(UnsafeRawBufferPointer($0)) }), handle != 0 else { return }
        for number in rows.indices where rows[number].framework == handle { remove(number) }
        compact()
    }

    private func find(_ framework: String, _ task: String) -> Int? {
        var framework = framework
        guard let handle = framework.withUTF8({ pool.find(UnsafeRawBufferPointer($0)) }) else { return nil }
        var task = task
        return task.withUTF8 { utf8 in
            let text = UnsafeRawBufferPointer(utf8)
            return find(handle, text, hash(text, with: handle))
        }
    }

    private func find(_ framework: StringPool.Handle, _ task: UnsafeRawBufferPointer, _ hash: UInt32) -> Int? {
        table.find(hash) { number in
            rows[number].hash == hash && rows[number].framework == framework && arena.equals(rows[number].id, task)
        }
    }

    private mutating func remove(_ number: Int) {
        let row = rows[number]
        table.remove(number, row.hash) { rows[$0].hash }
        for handle in [row.framework, row.agent, row.name, row.image, row.labels] { pool.release(handle) }
        if row.executor != Self.sameAsTask { pool.release(row.executor) }
        arena.free(row.id)
        arena.free(row.containers)
        rows[number] = Row()
        free.append(UInt32(number))
    }

    private mutating func compact() {
        guard arena.wantsCompaction else { return }
        arena.compact { visit in
            for index in rows.indices {
                visit(&rows[index].id)
                visit(&rows[index].containers)
            }
        }
    }

    private mutating func intern(_ text: JSONText?) -> StringPool.Handle {
        guard let text, !text.isEmpty else { return 0 }
        guard text.hasEscapes || text.count > JSONText.longest else {
            return pool.intern(UnsafeRawBufferPointer(start: text.start, count: text.count))
        }
        scratch.removeAll(keepingCapacity: true)
        text.append(keptTo: &scratch)
        return internScratch()
    }

    private mutating func internScratch() -> StringPool.Handle {
        scratch.withUnsafeBytes { pool.intern($0) }
    }

    /// Writes a text with its length (four bytes, little-endian) before it.
    private static func appendCounted(_ text: JSONText?, to output: inout [UInt8]) {
        let start = output.count
        output += [0, 0, 0, 0]
        text?.append(keptTo: &output)
        var length = output.count - start - 4
        for offset in 0..<4 {
            output[start + offset] = UInt8(truncatingIfNeeded: length)
            length >>= 8
        }
    }

    private static func setContainers(_ container: JSONElement, in output: inout [UInt8]) {
        var ids: [[UInt8]] = []
        container.eachContainerID { id in
            var text: [UInt8] = []
            id.append(to: &text)
            ids.insert(text, at: 0)
        }
        guard !ids.isEmpty else { return }
        output = Array(ids.joined(separator: [separator]))
    }

    private func labels(_ handle: StringPool.Handle) -> [String: String] {
        var rest = pool.bytes(handle)
        func next() -> String {
            var length = 0
            for byte in rest.prefix(4).reversed() { length = length << 8 | Int(byte) }
            rest = rest.dropFirst(4)
            defer { rest = rest.dropFirst(length) }
            return String(decoding: rest.prefix(length), as: UTF8.self)
        }
        var result: [String: String] = [:]
        while !rest.isEmpty {
            let key = next()
            result[key] = next()
        }
        return result
    }
}
