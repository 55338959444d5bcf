/// The methods of `time.Time`.
enum TimeMethods {
    static let all: [GoString: Method] = {
        var methods: [GoString: Method] = [:]
        func add(
            _ name: GoString, _ parameters: [GoType] = [], results: Int = 1,
            _ body: @escaping @Sendable (GoTime, [Value]) throws(FunctionError) -> Value
        ) {
            methods[name] = Method(signature: Signature(parameters, results: results)) {
                (value, arguments) throws(FunctionError) in
                guard case .time(let time) = value else { return .nil }
                return try body(time, arguments)
            }
        }
        // What needs another time.
        func compare(_ name: GoString, _ body: @escaping @Sendable (GoTime, GoTime) -> Value) {
            add(name, [.time]) { time, arguments in
                guard case .time(let other)? = arguments.first else { return .nil }
                return body(time, other)
            }
        }
        compare("After") { .bool($1.isBefore($0)) }
        compare("Before") { .bool($0.isBefore($1)) }
        compare("Equal") { .bool($0.isSameInstant(as: $1)) }
        compare("Compare") { .int($0.isBefore($1) ? -1 : $1.isBefore($0) ? 1 : 0) }
        compare("Sub") { .duration(nanoseconds: $0.nanoseconds(since: $1)) }
        // What needs a duration.
        func shift(_ name: GoString, _ body: @escaping @Sendable (GoTime, Int64) -> GoTime) {
            add(name, [.duration]) { time, arguments in
                guard case .signed(let duration, _)? = arguments.first else { return .nil }
                return .time(body(time, duration))
            }
        }
        shift("Add") { $0.adding(nanoseconds: $1) }
        shift("Round") { $0.rounded(to: $1) }
        shift("Truncate") { $0.truncated(to: $1) }
        add("AddDate", [.int, .int, .int]) { time, arguments in
            let numbers = arguments.map { if case .signed(let number, _) = $0 { number } else { Int64(0) } }
            return .time(time.adding(years: numbers[0], months: numbers[1], days: numbers[2]))
        }
        add("Format", [.string]) { time, arguments in
            guard case .string(let layout)? = arguments.first else { return .nil }
            return .string(GoString(bytes: time.formatted(layout.bytes)))
        }
        add("AppendFormat", [.slice(.uint8), .string]) { time, arguments in
            guard case .slice(let bytes, _) = arguments[0], case .string(let layout) = arguments[1] else {
                return .nil
            }
            let text = time.formatted(layout.bytes).map { Value.unsigned(UInt64($0), .uint8) }
            return .slice(bytes + text, .uint8)
        }
        addFields(add: { name, body in add(name) { time, _ in body(time) } })
        addEncodings(add: { name, body in add(name) { (time, _) throws(FunctionError) in try body(time) } })
        add("In", [.pointer(.location)]) { (time, arguments) throws(FunctionError) in
            guard case .location(let zone)? = arguments.first else {
                throw FunctionError("time: missing Location in call to Time.In")
            }
            return .time(GoTime(unixSeconds: time.unixSeconds, nanoseconds: time.nanoseconds, zone: zone))
        }
        // Templates cannot call what gives several values.
        for (name, results) in [("Clock", 3), ("Date", 3), ("ISOWeek", 2), ("Zone", 2), ("ZoneBounds", 2)] {
            add(GoString(name), results: results) { _, _ in .nil }
        }
        return methods
    }()

    private static func addFields(add: (GoString, @escaping @Sendable (GoTime) -> Value) -> Void) {
        add("Year") { .int($0.civil.year) }
        add("Month") { .signed(Int64($0.civil.month), .month) }
        add("Day") { .int($0.civil.day) }
        add("Hour") { .int($0.civil.hour) }
        add("Minute") { .int($0.civil.minute) }
        add("Second") { .int($0.civil.second) }
        add("Nanosecond") { .int($0.nanoseconds) }
        add("Weekday") { .signed(Int64($0.civil.weekday), .weekday) }
        add("YearDay") { .int($0.civil.yearDay) }
        add("Unix") { .signed($0.unixSeconds, .int64) }
        add("UnixMilli") { .signed($0.unixSeconds &* 1000 &+ Int64($0.nanoseconds) / 1_000_000, .int64) }
        add("UnixMicro") { .signed($0.unixSeconds &* 1_000_000 &+ Int64($0.nanoseconds) / 1000, .int64) }
        add("UnixNano") { .signed($0.unixSeconds &* 1_000_000_000 &+ Int64($0.nanoseconds), .int64) }
        add("IsZero") { .bool($0.isSameInstant(as: .zero)) }
        add("IsDST") { .bool($0.zoneOffset.isDaylightSaving) }
        add("UTC") { .time(GoTime(unixSeconds: $0.unixSeconds, nanoseconds: $0.nanoseconds, zone: .utc)) }
        add("Local") { .time(GoTime(unixSeconds: $0.unixSeconds, nanoseconds: $0.nanoseconds, zone: .local)) }
        add("Location") { .location($0.zone) }
        add("String") { .string(GoString(bytes: $0.formatted(TimeLayout.string))) }
        add("GoString") { .string($0.goString) }
    }

    private static func addEncodings(
        add: (GoString, @escaping @Sendable (GoTime) throws(FunctionError) -> Value) -> Void
    ) {
        @Sendable func rfc3339(_ time: GoTime, _ method: String) throws(FunctionError) -> [UInt8] {
            guard (0...9999).contains(time.civil.year) else {
                throw FunctionError("Time.\(method): year outside of range [0,9999]")
            }
            return time.formatted(TimeLayout.rfc3339Nano)
        }
        add("MarshalText") { (time) throws(FunctionError) in .bytes(try rfc3339(time, "MarshalText")) }
        add("MarshalJSON") { (time) throws(FunctionError) in
            let quote = [UInt8(ascii: "\"")]
            return .bytes(quote + (try rfc3339(time, "MarshalJSON")) + quote)
        }
        add("MarshalBinary") { (time) throws(FunctionError) in .bytes(try binary(time)) }
        add("GobEncode") { (time) throws(FunctionError) in .bytes(try binary(time)) }
    }

    /// Version, seconds since year 1, nanoseconds, minutes east of UTC (-1: UTC itself), all big-endian; version 2
    /// adds the seconds of an offset that is not whole minutes.
    private static func binary(_ time: GoTime) throws(FunctionError) -> [UInt8] {
        let offset = time.zoneOffset.offset
        let minutes = time.zone == .utc ? -1 : offset / 60
        let extra = time.zone == .utc ? 0 : offset % 60
        // A zone one minute west of UTC would read as UTC.
        guard time.zone == .utc || minutes != -1 else {
            throw FunctionError("Time.MarshalBinary: unexpected zone offset")
        }
        var bytes: [UInt8] = [extra == 0 ? 1 : 2]
        let seconds = UInt64(bitPattern: time.unixSeconds &+ GoTime.secondsToUnixEpoch)
        for shift in stride(from: UInt64(56), through: 0, by: -8) { bytes.append(UInt8(seconds >> shift & 0xFF)) }
        let nanoseconds = UInt32(bitPattern: time.nanoseconds)
        for shift in stride(from: UInt32(24), through: 0, by: -8) { bytes.append(UInt8(nanoseconds >> shift & 0xFF)) }
        bytes.append(UInt8(truncatingIfNeeded: minutes >> 8))
        bytes.append(UInt8(truncatingIfNeeded: minutes))
        if extra != 0 { bytes.append(UInt8(truncatingIfNeeded: extra)) }
        return bytes
    }
}
