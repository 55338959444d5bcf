extension Profile {
    /// The profile in the format of `profile.proto`, as `go tool pprof` reads it, not compressed.
    public func encoded() -> [UInt8] {
        var strings = StringTable()
        var functions = FunctionTable()
        var output = ProtobufWriter()
        for measure in measures { output.message(1) { measure.write(to: &$0, &strings) } }
        for sample in samples {
            output.message(2) { writer in
                writer.packed(1, sample.stack.lazy.map { UInt64($0 + 1) })
                writer.packed(2, sample.values.lazy.map { UInt64(bitPattern: $0) })
                for label in sample.labels {
                    writer.message(3) {
                        $0.integer(1, strings.number(of: label.key))
                        $0.integer(2, strings.number(of: label.value))
                    }
                }
            }
        }
        for (index, mapping) in mappings.enumerated() {
            output.message(3) {
                $0.integer(1, UInt64(index + 1))
                $0.integer(2, mapping.start)
                $0.integer(3, mapping.end)
                $0.integer(4, mapping.offset)
                $0.integer(5, strings.number(of: mapping.file))
                $0.integer(6, strings.number(of: mapping.buildID))
                $0.flag(7, mapping.hasNames)
            }
        }
        for (index, location) in locations.enumerated() {
            output.message(4) { writer in
                writer.integer(1, UInt64(index + 1))
                writer.integer(2, location.mapping.map { UInt64($0 + 1) } ?? 0)
                writer.integer(3, location.address)
                if let name = location.name {
                    writer.message(4) { $0.integer(1, functions.number(of: name, symbol: location.symbol ?? name)) }
                }
            }
        }
        for (index, function) in functions.all.enumerated() {
            output.message(5) {
                $0.integer(1, UInt64(index + 1))
                $0.integer(2, strings.number(of: function.name))
                $0.integer(3, strings.number(of: function.symbol))
            }
        }
        output.integer(9, time)
        output.integer(10, duration)
        if let periodMeasure { output.message(11) { periodMeasure.write(to: &$0, &strings) } }
        output.integer(12, period)
        output.packed(13, comments.map { strings.number(of: $0) })
        output.integer(14, strings.number(of: mainMeasure))
        // Last, as all that stands before adds to it.
        for text in strings.all { output.element(6, text) }
        return output.bytes
    }
}

extension Profile.Measure {
    fileprivate func write(to writer: inout ProtobufWriter, _ strings: inout StringTable) {
        writer.integer(1, strings.number(of: what))
        writer.integer(2, strings.number(of: unit))
    }
}

/// All texts of a profile, which its other parts name by number; number 0 is the empty one.
private struct StringTable {
    private(set) var all = [""]
    private var numbers = ["": UInt64(0)]

    mutating func number(of text: String) -> UInt64 {
        if let number = numbers[text] { return number }
        let number = UInt64(all.count)
        all.append(text)
        numbers[text] = number
        return number
    }
}

private struct FunctionTable {
    struct Function: Hashable {
        var name: String
        var symbol: String
    }
    private(set) var all: [Function] = []
    private var numbers: [Function: UInt64] = [:]

    mutating func number(of name: String, symbol: String) -> UInt64 {
        let function = Function(name: name, symbol: symbol)
        if let number = numbers[function] { return number }
        all.append(function)
        numbers[function] = UInt64(all.count)
        return UInt64(all.count)
    }
}
