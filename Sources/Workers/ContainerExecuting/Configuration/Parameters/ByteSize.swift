/// Sizes as docker takes them: `67108864`, `64m`, `1.5g`, `64MB`, `64 MiB`; all multiples are of 1024.
enum ByteSize {
    static func parse(_ text: String) throws(ParameterError) -> Int64 {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text[digits.endIndex...].lowercased().filter { $0 != " " }
        let powers = ["": 0, "b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5]
        let short =
            unit.hasSuffix("ib")
            ? unit.dropLast(2) : unit.count > 1 && unit.hasSuffix("b") ? unit.dropLast() : unit[...]
        guard let number = Double(digits), let power = powers[String(short)] else {
            throw ParameterError("a size like 64m or 1.5g is expected")
        }
        let bytes = (0..<power).reduce(number) { product, _ in product * 1024 }
        guard bytes < 0x1p62 else { throw ParameterError("so much memory there is not") }
        return Int64(bytes)
    }

    /// -1: without a limit.
    static func parseOrUnlimited(_ text: String) throws(ParameterError) -> Int64 {
        text == "-1" ? -1 : try parse(text)
    }
}
