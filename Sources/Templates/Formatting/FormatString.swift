/// `Printf`: reads the format string.
extension Formatter {
    /// Width and precision beyond this are taken for mistakes, as in Go.
    private static let largestNumber = 1_000_000

    private struct Cursor {
        var position: Int
        var argument: Int
        var isGood = true
        var isReordered = false
    }

    mutating func print(format: [UInt8], _ arguments: [Value]) {
        var cursor = Cursor(position: 0, argument: 0)
        while cursor.position < format.count, !isOverfull {
            cursor.isGood = true
            let literal = format[cursor.position...].prefix { $0 != UInt8(ascii: "%") }
            write(literal)
            cursor.position += literal.count
            guard cursor.position < format.count else { break }
            cursor.position += 1
            flags = Flags()
            printDirective(format, arguments, &cursor)
        }
        guard !cursor.isReordered, cursor.argument < arguments.count else { return }
        flags = Flags()
        write("%!(EXTRA ")
        for (index, argument) in arguments[cursor.argument...].enumerated() {
            if index > 0 { write(", ") }
            if let type = argument.type { write("\(type)=") }
            print(argument, "v")
        }
        write(")")
    }

    private mutating func printDirective(_ format: [UInt8], _ arguments: [Value], _ cursor: inout Cursor) {
        readFlags(format, &cursor)
        var isAfterIndex = readIndex(format, arguments, &cursor)
        readWidth(format, arguments, &cursor, &isAfterIndex)
        if cursor.position < format.count, format[cursor.position] == UInt8(ascii: ".") {
            cursor.position += 1
            if isAfterIndex { cursor.isGood = false }
            readPrecision(format, arguments, &cursor, &isAfterIndex)
        }
        if !isAfterIndex { _ = readIndex(format, arguments, &cursor) }
        guard cursor.position < format.count else { return write("%!(NOVERB)") }
        let rune = Rune.decode(format[...], at: cursor.position)
        let verb = rune.scalar
        cursor.position += rune.width
        if verb == "%" { return write(UInt8(ascii: "%")) }
        guard cursor.isGood else { return write("%!\(verb)(BADINDEX)") }
        guard cursor.argument < arguments.count else { return write("%!\(verb)(MISSING)") }
        if verb == "v" || verb == "w" {
            (flags.sharpV, flags.sharp) = (flags.sharp, false)
            (flags.plusV, flags.plus) = (flags.plus, false)
        }
        print(arguments[cursor.argument], verb)
        cursor.argument += 1
    }

    private mutating func readFlags(_ format: [UInt8], _ cursor: inout Cursor) {
        while cursor.position < format.count {
            switch format[cursor.position] {
            case UInt8(ascii: "#"): flags.sharp = true
            case UInt8(ascii: "0"): flags.zero = !flags.minus
            case UInt8(ascii: "+"): flags.plus = true
            case UInt8(ascii: "-"):
                flags.minus = true
                flags.zero = false
            case UInt8(ascii: " "): flags.space = true
            default: return
            }
            cursor.position += 1
        }
    }

    private mutating func readWidth(
        _ format: [UInt8], _ arguments: [Value], _ cursor: inout Cursor, _ isAfterIndex: inout Bool
    ) {
        if cursor.position < format.count, format[cursor.position] == UInt8(ascii: "*") {
            cursor.position += 1
            flags.width = integer(arguments, &cursor)
            if flags.width == nil { write("%!(BADWIDTH)") }
            if let width = flags.width, width < 0 {
                flags.width = -width
                flags.minus = true
                flags.zero = false
            }
            isAfterIndex = false
        } else {
            flags.width = number(format, &cursor.position, until: format.count)
            if isAfterIndex, flags.width != nil { cursor.isGood = false }
        }
    }

    private mutating func readPrecision(
        _ format: [UInt8], _ arguments: [Value], _ cursor: inout Cursor, _ isAfterIndex: inout Bool
    ) {
        isAfterIndex = readIndex(format, arguments, &cursor)
        if cursor.position < format.count, format[cursor.position] == UInt8(ascii: "*") {
            cursor.position += 1
            flags.precision = integer(arguments, &cursor).flatMap { $0 < 0 ? nil : $0 }
            if flags.precision == nil { write("%!(BADPREC)") }
            isAfterIndex = false
        } else {
            flags.precision = number(format, &cursor.position, until: format.count) ?? 0
        }
    }

    /// `[n]`: which argument comes next. Whether there is one.
    private func readIndex(_ format: [UInt8], _ arguments: [Value], _ cursor: inout Cursor) -> Bool {
        guard cursor.position < format.count, format[cursor.position] == UInt8(ascii: "[") else { return false }
        cursor.isReordered = true
        guard let end = format[cursor.position...].firstIndex(of: UInt8(ascii: "]")),
            format.count - cursor.position >= 3
        else {
            cursor.isGood = false
            cursor.position += 1
            return false
        }
        var position = cursor.position + 1
        let index = number(format, &position, until: end)
        cursor.position = end + 1
        guard let index, position == end else {
            cursor.isGood = false
            return false
        }
        if index >= 1, index <= arguments.count {
            cursor.argument = index - 1
        } else {
            cursor.isGood = false
        }
        return true
    }

    /// A decimal number; one that is too large swallows the rest, as in Go.
    private func number(_ format: [UInt8], _ position: inout Int, until end: Int) -> Int? {
        var number: Int?
        while position < end, (0x30...0x39).contains(format[position]) {
            if let number, number > Formatter.largestNumber {
                position = end
                return nil
            }
            number = (number ?? 0) * 10 + Int(format[position] - 0x30)
            position += 1
        }
        return number
    }

    /// `*`: the number is an argument.
    private func integer(_ arguments: [Value], _ cursor: inout Cursor) -> Int? {
        guard cursor.argument < arguments.count else { return nil }
        let argument = arguments[cursor.argument]
        cursor.argument += 1
        let number: Int? =
            switch argument {
            case .signed(let number, _): Int(exactly: number)
            case .unsigned(let number, _): Int(exactly: number)
            default: nil
            }
        guard let number, number.magnitude <= Formatter.largestNumber else { return nil }
        return number
    }
}
