/// Go's package fmt: appends values to a buffer by verb and flags.
///
/// One formatter does one `Sprintf` or `Sprint`. Its output is limited; what is written beyond the limit is dropped
/// and `isOverfull` set.
struct Formatter {
    struct Flags {
        var plus = false
        var minus = false
        var sharp = false
        var space = false
        var zero = false
        /// `%+v` and `%#v` change what is printed for the whole value instead of how numbers look.
        var plusV = false
        var sharpV = false
        var width: Int?
        var precision: Int?
    }

    var flags = Flags()
    private(set) var output: [UInt8] = []
    private let limit: Int
    private(set) var isOverfull = false
    /// While the complaint about a bad verb is printed, methods are not called.
    private var isComplaining = false

    init(limit: Int) {
        self.limit = limit
    }

    // MARK: Output

    mutating func write(_ bytes: some Collection<UInt8>) {
        guard !isOverfull, output.count + bytes.count <= limit else {
            isOverfull = true
            return
        }
        output.append(contentsOf: bytes)
    }

    mutating func write(_ text: String) {
        write(text.utf8)
    }

    mutating func write(_ byte: UInt8) {
        write(CollectionOfOne(byte))
    }

    mutating func writePadding(_ count: Int) {
        guard count > 0 else { return }
        write([UInt8](repeating: flags.zero && !flags.minus ? UInt8(ascii: "0") : UInt8(ascii: " "), count: count))
    }

    /// Writes filled up to the width, which counts characters.
    mutating func pad(_ bytes: some Collection<UInt8>) {
        guard let width = flags.width, width > 0 else { return write(bytes) }
        // Only the first byte of a character is not a continuation; invalid bytes count one each.
        var count = 0
        if bytes.contains(where: { $0 >= 0x80 }) {
            let array = Array(bytes)[...]
            var position = 0
            while position < array.endIndex {
                position += Rune.decode(array, at: position).width
                count += 1
            }
        } else {
            count = bytes.count
        }
        if flags.minus {
            write(bytes)
            writePadding(width - count)
        } else {
            writePadding(width - count)
            write(bytes)
        }
    }

    mutating func pad(_ text: String) {
        pad(text.utf8)
    }

    // MARK: Values

    /// `fmt.Sprint`: a space between two operands when neither is a string.
    mutating func print(_ values: [Value]) {
        var previousIsString = false
        for (index, value) in values.enumerated() {
            let isString = if case .string = value { true } else { false }
            if index > 0, !isString, !previousIsString { write(UInt8(ascii: " ")) }
            print(value, "v")
            previousIsString = isString
        }
    }

    /// `fmt.Sprintln`
    mutating func printLine(_ values: [Value]) {
        for (index, value) in values.enumerated() {
            if index > 0 { write(UInt8(ascii: " ")) }
            print(value, "v")
        }
        write(UInt8(ascii: "\n"))
    }

    /// An operand of `Printf`.
    mutating func print(_ value: Value, _ verb: Unicode.Scalar) {
        if case .nil = value {
            if verb == "T" || verb == "v" { pad("<nil>") } else { complain(about: verb, value) }
            return
        }
        if verb == "T" { return format(bytes: Array((value.type?.description ?? "<nil>").utf8), "s") }
        if verb == "p" { return formatPointer(value, verb) }
        if case .slice(let elements, .uint8) = value { return format(elements, verb, type: "[]byte") }
        if handleMethods(value, verb) { return }
        printContent(value, verb, depth: 0)
    }

    /// A value inside another one.
    private mutating func printNested(_ value: Value, _ verb: Unicode.Scalar, depth: Int) {
        if handleMethods(value, verb) { return }
        printContent(value, verb, depth: depth)
    }

    /// What a type's own `GoString`, `Error` or `String` says, where the verb asks for text.
    private mutating func handleMethods(_ value: Value, _ verb: Unicode.Scalar) -> Bool {
        if isComplaining { return false }
        if verb == "w" {
            // It wraps errors, which only Errorf does.
            if value.isBasic { return false }
            complain(about: verb, value)
            return true
        }
        if flags.sharpV {
            guard let text = value.goString else { return false }
            format(bytes: text, "s")
            return true
        }
        switch verb {
        case "v", "s", "x", "X", "q":
            guard let text = value.stringer else { return false }
            format(bytes: text, verb)
            return true
        default: return false
        }
    }

    private mutating func printContent(_ value: Value, _ verb: Unicode.Scalar, depth: Int) {
        switch value {
        case .nil: write(flags.sharpV ? "interface {}(nil)" : "<nil>")
        case .bool(let flag):
            if verb == "t" || verb == "v" { pad(flag ? "true" : "false") } else { complain(about: verb, value) }
        case .signed(let number, _):
            format(integer: number.magnitude, isNegative: number < 0, isSigned: true, verb, of: value)
        case .unsigned(let number, _): format(integer: number, isNegative: false, isSigned: false, verb, of: value)
        case .float(let number): format(float: number, verb, of: value)
        case .complex(let real, let imaginary): formatComplex(real, imaginary, verb, of: value)
        case .string(let text): format(bytes: text.bytes, verb, of: value)
        case .slice(let elements, let type): printSlice(elements, type, verb, depth: depth)
        case .map(let map): printMap(map, verb, depth: depth)
        case .time, .object: printStructure(value, verb, depth: depth)
        case .error(let message):
            guard depth == 0 else { return formatPointer(value, verb) }
            printFields([("s", .string(message))], type: "&errors.errorString", verb, depth: depth)
        case .location(let zone):
            guard depth == 0 else { return formatPointer(value, verb) }
            // Seen only where a verb does not ask for text, and without what Go knows about the zone.
            let fields: [(String, Value)] = [
                ("name", .string(zone.name)), ("zone", .nilPointer(.slice(.object("time.zone")))),
                ("tx", .nilPointer(.slice(.object("time.zoneTrans")))), ("extend", ""),
                ("cacheStart", .signed(0, .int64)), ("cacheEnd", .signed(0, .int64)),
                ("cacheZone", .nilPointer(.pointer(.object("time.zone")))),
            ]
            printFields(fields, type: "&time.Location", star: "&", verb, depth: depth + 1)
        case .nilPointer(let type) where type.kind == .slice || type.kind == .map:
            write(flags.sharpV ? "\(type)(nil)" : type.kind == .map ? "map[]" : "[]")
        case .nilPointer, .function: formatPointer(value, verb)
        }
    }

    private mutating func printSlice(_ elements: [Value], _ type: GoType, _ verb: Unicode.Scalar, depth: Int) {
        if type == .uint8, "sqxX".unicodeScalars.contains(verb) {
            return format(elements, verb, type: "[]uint8")
        }
        write(flags.sharpV ? "[]\(type){" : "[")
        for (index, element) in elements.enumerated() {
            if isOverfull { break }
            if index > 0 { write(flags.sharpV ? ", " : " ") }
            printNested(element, verb, depth: depth + 1)
        }
        write(flags.sharpV ? "}" : "]")
    }

    private mutating func printMap(_ map: GoMap, _ verb: Unicode.Scalar, depth: Int) {
        write(flags.sharpV ? "map[string]\(map.element){" : "map[")
        for (index, entry) in map.entries.enumerated() {
            if isOverfull { break }
            if index > 0 { write(flags.sharpV ? ", " : " ") }
            printNested(.string(entry.key), verb, depth: depth + 1)
            write(UInt8(ascii: ":"))
            printNested(entry.value, verb, depth: depth + 1)
        }
        write(flags.sharpV ? "}" : "]")
    }

    private mutating func printStructure(_ value: Value, _ verb: Unicode.Scalar, depth: Int) {
        switch value {
        case .object(let object):
            if object.isPointer, depth > 0 { return formatPointer(value, verb) }
            let star = object.isPointer ? "&" : ""
            printFields(
                object.fields.map { ($0.name.description, $0.value) }, type: star + object.name, star: star, verb,
                depth: depth + (object.isPointer ? 1 : 0))
        case .time(let time):
            // The three fields Go keeps a time in.
            let seconds = time.unixSeconds &+ GoTime.secondsToUnixEpoch
            printFields(
                [
                    ("wall", .unsigned(UInt64(time.nanoseconds), .uint64)), ("ext", .signed(seconds, .int64)),
                    ("loc", time.zone == .utc ? .nilPointer(.pointer(.location)) : .location(.local)),
                ], type: "time.Time", verb, depth: depth)
        default: break
        }
    }

    private mutating func printFields(
        _ fields: [(name: String, value: Value)], type: String, star: String = "", _ verb: Unicode.Scalar, depth: Int
    ) {
        write(flags.sharpV ? type : star)
        write(UInt8(ascii: "{"))
        for (index, field) in fields.enumerated() {
            if index > 0 { write(flags.sharpV ? ", " : " ") }
            if flags.plusV || flags.sharpV { write("\(field.name):") }
            printNested(field.value, verb, depth: depth + 1)
        }
        write(UInt8(ascii: "}"))
    }

    /// `%!verb(type=value)`
    mutating func complain(about verb: Unicode.Scalar, _ value: Value) {
        write("%!\(verb)(")
        if let type = value.type {
            write("\(type)=")
            let outer = isComplaining
            isComplaining = true
            if case .slice(let elements, .uint8) = value {
                format(elements, "v", type: "[]byte")
            } else {
                printContent(value, "v", depth: 0)
            }
            isComplaining = outer
        } else {
            write("<nil>")
        }
        write(UInt8(ascii: ")"))
    }
}
