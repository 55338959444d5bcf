/// Finds the caller of a function that has no frame, as many in the C library and its like: the chain of frames leads
/// from there to its caller's caller, and would have us believe that this one calls `memcpy`.
///
/// The address that such a function returns to is near the top of its stack: the first word there that points behind an
/// instruction that calls. That can be a word left over from a call that has ended, so only functions of libraries that
/// are known to do without frames are looked at that way.
struct LostCallers {
    private let ranges: [MappedRange]
    private let program: String
    private var files: [Int: FileBytes?] = [:]
    private var verdicts: [UInt64: Bool] = [:]

    /// Ours and Swift's, which have frames.
    private static let framed = ["libswift", "libFoundation", "lib_Foundation", "libdispatch", "libBlocksRuntime"]

    init() {
        let symbolizer = Symbolizer()
        ranges = symbolizer.ranges
        program = symbolizer.program
    }

    /// The address of the call, or nil when the stack has it already.
    ///
    /// - Parameters:
    ///   - address: where the thread is.
    ///   - known: the first call that is known.
    ///   - words: from the top of the stack on.
    mutating func caller(of address: UInt64, before known: UInt64?, among words: some Sequence<UInt64>) -> UInt64? {
        guard let range = range(of: address), isFrameless(ranges[range]) else { return nil }
        guard let found = words.first(where: { isReturnAddress($0) }), found - 1 != known else { return nil }
        return found - 1
    }

    private func range(of address: UInt64) -> Int? {
        ranges.firstIndex { $0.start <= address && address < $0.end }
    }

    private func isFrameless(_ range: MappedRange) -> Bool {
        guard range.isFile, range.name != program else { return false }
        let name = range.path.split(separator: "/").last ?? ""
        return !Self.framed.contains { name.hasPrefix($0) }
    }

    private mutating func isReturnAddress(_ word: UInt64) -> Bool {
        guard let index = range(of: word) else { return false }
        if let verdict = verdicts[word] { return verdict }
        let range = ranges[index]
        let file = files[index] ?? FileBytes(range.name == program ? "/proc/self/exe" : range.name)
        files[index] = file
        let length: UInt64 = 7
        let isCall: Bool
        if let file, word - range.start >= length {
            isCall = Self.endsWithCall(file.read(Int(length), at: word - range.start + range.offset - length))
        } else {
            isCall = false
        }
        verdicts[word] = isCall
        return isCall
    }

    /// Whether the last of seven bytes of code are a call, in one of the forms that compilers use.
    static func endsWithCall(_ code: [UInt8]) -> Bool {
        #if arch(x86_64)
        guard code.count == 7 else { return false }
        // CALL rel32; CALL [rip + disp32] and [register + disp32]; [register + disp8]; register; [register].
        if code[2] == 0xe8 { return true }
        if code[1] == 0xff, code[2] == 0x15 || (0x90...0x97).contains(code[2]) { return true }
        if code[4] == 0xff, (0x50...0x57).contains(code[5]) { return true }
        return code[5] == 0xff && ((0xd0...0xd7).contains(code[6]) || (0x10...0x17).contains(code[6]))
        #else
        // Elsewhere a function without a frame has it in a register.
        return false
        #endif
    }
}
