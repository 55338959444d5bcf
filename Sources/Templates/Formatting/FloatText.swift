#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Go's `strconv.FormatFloat` for 64-bit numbers.
enum FloatText {
    /// Digits `d.ddd` and the power of ten of the first.
    private struct Decimal {
        var digits: [UInt8]
        var exponent: Int
    }

    /// - Parameter precision: Digits behind the point (`%g`: in all); nil for as many as the number needs.
    static func format(_ number: Double, _ verb: Unicode.Scalar, precision: Int?) -> [UInt8] {
        if number.isNaN { return Array("NaN".utf8) }
        if number.isInfinite { return Array((number < 0 ? "-Inf" : "+Inf").utf8) }
        var output: [UInt8] = number.sign == .minus ? [UInt8(ascii: "-")] : []
        let magnitude = number.magnitude
        switch verb {
        case "e", "E":
            let decimal = precision.map { rounded(magnitude, digits: $0 + 1) } ?? shortest(magnitude)
            appendScientific(decimal, precision: precision, letter: verb, to: &output)
        case "f":
            if let precision {
                output += cFormat("%.*f", precision, magnitude)
            } else {
                appendPlain(shortest(magnitude), to: &output)
            }
        case "g", "G":
            let digits = precision.map { max($0, 1) }
            var decimal = digits.map { rounded(magnitude, digits: $0) } ?? shortest(magnitude)
            while decimal.digits.count > 1, decimal.digits.last == UInt8(ascii: "0") { decimal.digits.removeLast() }
            var threshold = digits ?? 6
            // A number that is whole with fewer digits than asked for is not written with an exponent for it.
            if digits != nil, threshold > decimal.digits.count, decimal.digits.count >= decimal.exponent + 1 {
                threshold = decimal.digits.count
            }
            if decimal.exponent < -4 || decimal.exponent >= threshold {
                appendScientific(
                    decimal, precision: decimal.digits.count - 1, letter: verb == "G" ? "E" : "e", to: &output)
            } else {
                appendPlain(decimal, to: &output)
            }
        case "b":
            let (mantissa, exponent) = parts(magnitude)
            output.append("\(mantissa)p\(exponent < 0 ? "" : "+")\(exponent)")
        default: appendHexadecimal(magnitude, precision: precision, upper: verb == "X", to: &output)
        }
        return output
    }

    /// The fewest digits that read back as the same number; Swift finds them as Go does.
    private static func shortest(_ number: Double) -> Decimal {
        if number == 0 { return Decimal(digits: [UInt8(ascii: "0")], exponent: 0) }
        var digits: [UInt8] = []
        var exponent = 0
        var pointAt: Int?
        let text = Array(number.description.utf8)
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: "e") {
                exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
                break
            }
            if byte == UInt8(ascii: ".") { pointAt = digits.count } else { digits.append(byte) }
        }
        exponent += (pointAt ?? digits.count) - 1
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(zeros)
        exponent -= zeros
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return Decimal(digits: digits, exponent: exponent)
    }

    /// So many digits, rounded exactly.
    private static func rounded(_ number: Double, digits: Int) -> Decimal {
        let text = cFormat("%.*e", digits - 1, number)
        let letter = text.firstIndex(of: UInt8(ascii: "e")) ?? text.endIndex
        return Decimal(
            digits: text[..<letter].filter { $0 != UInt8(ascii: ".") },
            exponent: Int(String(decoding: text[letter...].dropFirst(), as: UTF8.self)) ?? 0)
    }

    /// The C library rounds exactly, whatever the precision.
    private static func cFormat(_ format: String, _ precision: Int, _ number: Double) -> [UInt8] {
        let arguments: [any CVarArg] = [Int32(clamping: precision), number]
        // The largest number has 309 digits before the point.
        return [UInt8](unsafeUninitializedCapacity: precision + 320) { buffer, count in
            let written = withVaList(arguments) { list in
                buffer.withMemoryRebound(to: CChar.self) { vsnprintf($0.baseAddress, $0.count, format, list) }
            }
            count = min(max(0, Int(written)), buffer.count)
        }
    }

    private static func appendScientific(
        _ decimal: Decimal, precision: Int?, letter: Unicode.Scalar, to output: inout [UInt8]
    ) {
        output.append(decimal.digits[0])
        let fraction = decimal.digits.dropFirst()
        if (precision ?? fraction.count) > 0 {
            output.append(UInt8(ascii: "."))
            output += fraction
        }
        output.append(letter)
        output.append(decimal.exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        TimeLayout.append(Int64(decimal.exponent.magnitude), width: 2, to: &output)
    }

    private static func appendPlain(_ decimal: Decimal, to output: inout [UInt8]) {
        let zero = UInt8(ascii: "0")
        let whole = decimal.exponent + 1
        if whole <= 0 {
            output.append(zero)
        } else {
            output += decimal.digits.prefix(whole)
            output += repeatElement(zero, count: max(0, whole - decimal.digits.count))
        }
        guard decimal.digits.count > max(whole, 0), decimal.digits != [zero] else { return }
        output.append(UInt8(ascii: "."))
        output += repeatElement(zero, count: max(0, -whole))
        output += decimal.digits.dropFirst(max(whole, 0))
    }

    /// Mantissa as an integer, and the power of two it is to be multiplied with.
    private static func parts(_ number: Double) -> (UInt64, Int) {
        if number.exponentBitPattern == 0 { return (number.significandBitPattern, -1074) }
        return (number.significandBitPattern | 1 << 52, Int(number.exponentBitPattern) - 1075)
    }

    /// `0x1.8p+01`
    private static func appendHexadecimal(_ number: Double, precision: Int?, upper: Bool, to output: inout [UInt8]) {
        var (mantissa, exponent) = parts(number)
        if mantissa == 0 {
            exponent = 0
        } else {
            exponent += 52
            while mantissa & 1 << 52 == 0 {
                mantissa <<= 1
                exponent -= 1
            }
        }
        var digits = 13
        if let precision, precision < 13 {
            // Round to nearest, ties to even.
            let dropped = UInt64(13 - precision) * 4
            let half: UInt64 = 1 << (dropped - 1)
            let rest = mantissa & ((1 << dropped) - 1)
            mantissa >>= dropped
            if rest > half || rest == half && mantissa & 1 == 1 { mantissa += 1 }
            mantissa <<= dropped
            if mantissa & 1 << 53 != 0 {
                mantissa >>= 1
                exponent += 1
            }
            digits = precision
        }
        var fraction: [UInt8] = []
        for index in 0..<digits {
            let digit = UInt8(truncatingIfNeeded: mantissa >> UInt64(48 - index * 4) & 0xF)
            fraction.append(digit < 10 ? 0x30 + digit : (upper ? 0x37 : 0x57) + digit)
        }
        if let precision {
            fraction += repeatElement(UInt8(ascii: "0"), count: max(0, precision - 13))
        } else {
            while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
        }
        output.append(upper ? "0X" : "0x")
        output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: mantissa >> 52))
        if !fraction.isEmpty {
            output.append(UInt8(ascii: "."))
            output += fraction
        }
        output.append(upper ? "P" : "p")
        output.append(exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
        TimeLayout.append(Int64(exponent.magnitude), width: 2, to: &output)
    }
}
