import GoNotation

/// Values in the notation of Go.
enum GoValues {
    /// Go's `strconv.ParseBool`; nil for any other word.
    static func bool(_ text: String) -> Bool? { try? GoBool.parse(text) }

    /// Go's `time.ParseDuration` in nanoseconds; nil for what it refuses.
    static func duration(_ text: String) -> Int64? { try? GoDuration.parse(text) }
}
