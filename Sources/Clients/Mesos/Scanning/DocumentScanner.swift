/// How much a scanner puts up with.
struct ScanLimits: Sendable {
    /// The window at the beginning, in bytes; it grows up to ``value`` where it must.
    var window = JSONWindow.regular
    /// The longest value that is handed on, in bytes; longer objects and arrays are skipped.
    var value = 16 << 20
    /// The longest number or word, in bytes. Garbage is one long word, mostly.
    var word = 64 << 10
    /// The longest text of a string, in bytes; what is more is cut where memory gets tight.
    var text = JSONText.longest
    /// The longest way without an element of an array that the plan knows, in bytes.
    var silence = 64 << 20
}

/// Reads a JSON document of any length as its bytes arrive, and hands on what a ``ScanPlan`` names.
///
/// simdjson finds the tokens of a window of a few hundred kilobytes; the scanner walks over them, keeping track of
/// nothing but the containers that the plan knows. Memory is bounded by the longest value that is handed on. What the
/// plan does not know is skipped without looking at it; how deeply it is nested does not matter.
struct DocumentScanner<Label: Sendable> {
    /// What was found, with the label that the plan gave it.
    enum Finding {
        case begin(Label)
        case end(Label)
        case value(Label, JSONElement)
    }

    private enum Expecting: Equatable {
        /// A value of that shape.
        case value(Int)
        /// The first item of the array on top, of that shape, or its end.
        case firstItem(Int)
        case firstKey
        case key
        case separator
        /// The end of a container that is skipped, with so many ends before it.
        case skipped(depth: Int)
        case nothing
    }

    private let plan: ScanPlan<Label>
    private let limits: ScanLimits
    private let window: JSONWindow
    private var expecting: Expecting
    /// The open containers that the plan knows, as nodes of it; the innermost last.
    private var open: [Int] = []
    /// Bytes of the document before the window.
    private var consumed = 0
    /// Where the last thing of interest was, in bytes of the document.
    private var progress = 0
    /// The string at the end of the window is this long already, and its rest is dropped as it arrives.
    private var dropping: DroppedString?
    /// A container is skipped because it is too long, not because nobody asked for it.
    private var skipsOversized = false
    /// Values that were too long to be handed on.
    private(set) var oversized = 0

    /// - Throws: ``ScanError/noMemory(_:)``.
    init(_ plan: ScanPlan<Label>, limits: ScanLimits = ScanLimits()) throws(ScanError) {
        self.plan = plan
        self.limits = limits
        window = try JSONWindow(capacity: limits.window)
        expecting = .value(plan.root)
    }

    /// Whether the document is complete.
    var isComplete: Bool { expecting == .nothing }

    /// Bytes taken so far.
    var length: Int { consumed + window.count }

    /// Gets ready for another document.
    mutating func reset() {
        window.reset()
        expecting = .value(plan.root)
        open.removeAll(keepingCapacity: true)
        (consumed, progress, oversized, dropping, skipsOversized) = (0, 0, 0, nil, false)
    }

    /// Takes the next bytes. What they complete is handed on now or, if they are few, with a later call.
    mutating func feed(_ chunk: UnsafeRawBufferPointer, _ body: (Finding) -> Void) throws(ScanError) {
        var rest = chunk[...]
        while !rest.isEmpty {
            if dropping != nil {
                drop(&rest)
                continue
            }
            rest = rest.dropFirst(window.append(rest))
            if window.isFull { try scan(final: false, body) }
        }
    }

    /// The document has ended: hands on what is left.
    ///
    /// - Throws: ``ScanError/truncated(_:)`` if it is not complete.
    mutating func finish(_ body: (Finding) -> Void) throws(ScanError) {
        if !isComplete { try scan(final: true, body) }
        guard isComplete else { throw .truncated(length) }
    }

    private mutating func scan(final: Bool, _ body: (Finding) -> Void) throws(ScanError) {
        while !isComplete {
            let piece = final ? window.count : window.lengthToLastBrace ?? window.count
            guard piece > 0 else { return }
            try window.index(piece)
            let used = try walk(final: final, piece, body)
            let stuck = used == 0
            consume(used)
            if consumed - progress > limits.silence { throw .nothingFound(consumed - progress) }
            if !stuck {
                if !final, window.count <= window.capacity / 2 { return }
                continue
            }
            if final { return }
            if !window.isFull { return }
            if try shorten() { continue }
            try grow()
        }
        // Nothing but white space may follow; it is not worth being looked at.
        if isComplete { consume(window.count) }
    }

    private mutating func consume(_ count: Int) {
        window.consume(count)
        consumed += count
        // Long, but known: it is no sign of another document.
        if skipsOversized { progress = consumed }
    }

    // MARK: Strings that are too long

    /// Cuts the strings in the window that are too long, so that there is room for what follows; false when there are
    /// none.
    private mutating func shorten() throws(ScanError) -> Bool {
        // All of it, as the end of the last string may be yet to come.
        try window.index(window.count)
        let (removed, unfinished) = window.cutStrings(to: limits.text)
        consumed += removed
        progress = consumed
        dropping = unfinished
        return removed > 0 || unfinished != nil
    }

    /// Passes over the rest of a string; behind its end, the string is closed with a mark.
    private mutating func drop(_ rest: inout Slice<UnsafeRawBufferPointer>) {
        guard var string = dropping else { return }
        let count = string.skip(UnsafeRawBufferPointer(rebasing: rest))
        rest = rest.dropFirst(count)
        consumed += count
        progress = consumed
        dropping = string.isClosed ? nil : string
        if string.isClosed { window.close(cutTo: string.length) }
    }

    /// Makes room for a value that does not fit, or decides to skip it.
    private mutating func grow() throws(ScanError) {
        let capacity = window.capacity * 2
        let first = window.count > 0 ? window.bytes[0] : 0
        let isWord = JSONElement.nesting(first) == 0 && first != UInt8(ascii: "\"")
        if isWord, window.count > limits.word {
            throw .tokenTooLong(limits.word)
        } else if capacity <= limits.value {
            try window.resize(capacity)
        } else if JSONElement.nesting(first) == 1, case .value = expecting {
            oversized += 1
            skipsOversized = true
            expecting = .skipped(depth: 0)
        } else {
            throw .tokenTooLong(window.capacity)
        }
    }

    /// Goes over the tokens of the window; returns how many bytes are done with.
    private mutating func walk(
        final: Bool, _ piece: Int, _ body: (Finding) -> Void
    ) throws(ScanError) -> Int {
        let bytes = UnsafePointer(window.bytes)
        var tokens = window.tokens
        guard tokens > 0, let indexes = window.indexes else { return blank(piece) }
        let lastToken = Int(indexes[tokens - 1])
        // A number or a word at the end may go on, and so may a string whose closing quote is all that is left of it.
        let lastIsWhole = final || Self.isPunctuation(bytes[lastToken])
        if !lastIsWhole { tokens -= 1 }
        var token = 0
        while token < tokens {
            let byte = bytes[Int(indexes[token])]
            switch expecting {
            case .skipped(let start):
                var depth = start
                repeat {
                    depth &+= JSONElement.nesting(bytes[Int(indexes[token])])
                    token &+= 1
                } while depth > 0 && token < tokens
                expecting = depth > 0 ? .skipped(depth: depth) : .separator
                if depth <= 0 {
                    skipsOversized = false
                    closed()
                }
            case .firstItem(let node):
                if byte == UInt8(ascii: "]") {
                    pop(body)
                    token += 1
                } else {
                    expecting = .value(node)
                }
            case .value(let number):
                let node = plan.nodes[number]
                guard Self.beginsValue(byte) else { throw malformed("value", at: indexes[token]) }
                let opens = JSONElement.nesting(byte)
                switch node.kind {
                case .value:
                    guard let end = JSONElement.end(of: token, before: tokens, bytes, indexes) else {
                        return Int(indexes[token])
                    }
                    expecting = .separator
                    if let label = node.label {
                        body(.value(label, JSONElement(bytes: bytes, indexes: indexes, first: token, end: end)))
                    }
                    token = end
                    if opens > 0 { progress = consumed + Int(indexes[end - 1]) }
                    closed()
                case .object where byte == UInt8(ascii: "{"):
                    open.append(number)
                    expecting = .firstKey
                    if let label = node.label { body(.begin(label)) }
                    token += 1
                case .array where byte == UInt8(ascii: "["):
                    open.append(number)
                    expecting = .firstItem(node.element)
                    token += 1
                case .skip, .object, .array:
                    if opens > 0 {
                        expecting = .skipped(depth: 0)
                    } else {
                        expecting = .separator
                        token += 1
                        closed()
                    }
                }
            case .firstKey where byte == UInt8(ascii: "}"):
                pop(body)
                token += 1
            case .firstKey, .key:
                guard byte == UInt8(ascii: "\"") else { throw malformed("key", at: indexes[token]) }
                guard token + 1 < tokens else { return Int(indexes[token]) }
                guard bytes[Int(indexes[token + 1])] == UInt8(ascii: ":") else {
                    throw malformed("colon", at: indexes[token + 1])
                }
                let key = JSONText(bytes, from: indexes[token], to: indexes[token + 1])
                expecting = .value(member(key))
                token += 2
            case .separator:
                try separator(byte, at: indexes[token], body)
                token += 1
            case .nothing:
                token = tokens
            }
        }
        if token == window.tokens || token == tokens && lastIsWhole { return final ? piece : lastToken + 1 }
        return Int(indexes[token])
    }

    private mutating func separator(
        _ byte: UInt8, at offset: UInt32, _ body: (Finding) -> Void
    ) throws(ScanError) {
        guard let top = open.last else { throw malformed("end of the document", at: offset) }
        let node = plan.nodes[top]
        switch byte {
        case UInt8(ascii: ","):
            expecting = node.kind == .object ? .key : .value(node.element)
        case UInt8(ascii: "}") where node.kind == .object, UInt8(ascii: "]") where node.kind == .array:
            pop(body)
        default:
            throw malformed("comma or closing bracket", at: offset)
        }
    }

    /// A value is complete: if it was the whole document, so is that.
    private mutating func closed() {
        if open.isEmpty { expecting = .nothing }
        if let top = open.last, plan.nodes[top].kind == .array { progress = max(progress, consumed) }
    }

    /// The innermost container is complete.
    private mutating func pop(_ body: (Finding) -> Void) {
        guard let top = open.popLast() else { return }
        expecting = .separator
        if let label = plan.nodes[top].label { body(.end(label)) }
        closed()
    }

    private func member(_ key: JSONText) -> Int {
        guard let top = open.last else { return plan.skip }
        for member in plan.nodes[top].members where key.equals(member.name) { return member.node }
        return plan.skip
    }

    /// A piece without tokens: white space, which is done with; or the beginning of a string that is cut.
    private func blank(_ piece: Int) -> Int {
        for offset in 0..<piece {
            switch window.bytes[offset] {
            case 0x20, 0x0A, 0x0D, 0x09: continue
            default: return offset
            }
        }
        return piece
    }

    private func malformed(_ expected: String, at offset: UInt32) -> ScanError {
        .malformed(offset: consumed + Int(offset), expected: expected)
    }

    private static func beginsValue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            true
        default: false
        }
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
