import GoNotation

/// A method a template can call.
struct Method: Sendable {
    var signature: Signature
    var body: @Sendable (Value, [Value]) throws(FunctionError) -> Value
}

/// Which methods a value has.
enum Methods {
    static func find(_ name: GoString, of value: Value) -> Method? {
        switch value {
        case .time: return TimeMethods.all[name]
        case .signed(_, .duration): return DurationMethods.all[name]
        case .signed(_, .month) where name == "String", .signed(_, .weekday) where name == "String",
            .location where name == "String", .error where name == "Error":
            return stringer
        case .object(let object):
            return object.method(name).map { function in
                Method(signature: Signature(function)) { (_, arguments) throws(FunctionError) in
                    try function.body(arguments)
                }
            }
        default: return nil
        }
    }

    private static let stringer = Method(signature: Signature()) { value, _ in
        .string(GoString(bytes: value.stringer ?? []))
    }
}

extension Value {
    /// What the type's `String` or `Error` method gives; nil when it has none.
    var stringer: [UInt8]? {
        switch self {
        case .signed(let number, .duration): Array(GoDuration.format(nanoseconds: number).utf8)
        case .signed(let number, .month): Array(GoTime.monthName(number).utf8)
        case .signed(let number, .weekday): Array(GoTime.weekdayName(number).utf8)
        case .time(let time): time.formatted(TimeLayout.string)
        case .location(let zone): Array(zone.name.utf8)
        case .error(let message): message.bytes
        case .object(let object): object.string.map { Array($0.utf8) }
        default: nil
        }
    }

    /// What the type's `GoString` method gives.
    var goString: [UInt8]? {
        if case .time(let time) = self { return Array(time.goString.utf8) }
        return nil
    }
}

extension GoTime.Zone {
    var name: String {
        switch self {
        case .utc: "UTC"
        case .local: LocalZone.name
        }
    }
}

extension GoTime {
    func formatted(_ layout: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(layout.count + 10)
        TimeLayout.append(self, layout: layout, to: &output)
        return output
    }

    /// `time.Date(2016, time.March, 4, 5, 6, 7, 0, time.Local)`
    var goString: String {
        let civil = self.civil
        let zone = zone == .utc ? "time.UTC" : "time.Local"
        return "time.Date(\(civil.year), time.\(GoTime.monthNames[civil.month - 1]), \(civil.day), \(civil.hour), "
            + "\(civil.minute), \(civil.second), \(nanoseconds), \(zone))"
    }
}
