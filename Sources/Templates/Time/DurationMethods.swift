import GoNotation

/// The methods of `time.Duration`.
enum DurationMethods {
    static let all: [GoString: Method] = {
        var methods: [GoString: Method] = [:]
        func add(
            _ name: GoString, _ parameters: [GoType] = [], _ body: @escaping @Sendable (Int64, Int64) -> Value
        ) {
            methods[name] = Method(signature: Signature(parameters)) { value, arguments in
                guard case .signed(let duration, _) = value else { return .nil }
                guard case .signed(let argument, _)? = arguments.first else { return body(duration, 0) }
                return body(duration, argument)
            }
        }
        add("String") { duration, _ in .string(GoDuration.format(nanoseconds: duration)) }
        add("Nanoseconds") { duration, _ in .signed(duration, .int64) }
        add("Microseconds") { duration, _ in .signed(duration / 1000, .int64) }
        add("Milliseconds") { duration, _ in .signed(duration / 1_000_000, .int64) }
        add("Seconds") { duration, _ in .float(inUnits(of: 1_000_000_000, duration)) }
        add("Minutes") { duration, _ in .float(inUnits(of: 60_000_000_000, duration)) }
        add("Hours") { duration, _ in .float(inUnits(of: 3_600_000_000_000, duration)) }
        add("Abs") { duration, _ in .duration(nanoseconds: duration == .min ? .max : abs(duration)) }
        add("Truncate", [.duration]) { duration, unit in
            .duration(nanoseconds: unit <= 0 ? duration : duration - duration % unit)
        }
        add("Round", [.duration]) { duration, unit in .duration(nanoseconds: round(duration, to: unit)) }
        return methods
    }()

    /// Whole units and the rest apart, as Go does: the sum is rounded once more, which can be seen in the last digit.
    private static func inUnits(of unit: Int64, _ duration: Int64) -> Double {
        Double(duration / unit) + Double(duration % unit) / Double(unit)
    }

    /// To the nearest multiple, halves away from zero; the extreme where there is none.
    private static func round(_ duration: Int64, to unit: Int64) -> Int64 {
        guard unit > 0 else { return duration }
        let rest = duration % unit
        let isHalfOrMore = rest.magnitude >= unit.magnitude - rest.magnitude
        let down = duration - rest
        guard isHalfOrMore else { return down }
        let (up, overflows) =
            duration < 0 ? down.subtractingReportingOverflow(unit) : down.addingReportingOverflow(unit)
        return overflows ? (duration < 0 ? .min : .max) : up
    }
}
