import CProfiler
import Glibc

/// Tells which functions of this process addresses belong to, by the files that it runs.
struct Symbolizer {
    /// Where code is mapped: the program first, as pprof wants it.
    let ranges: [MappedRange]
    /// The path of the program, as the list of mappings has it.
    let program: String

    init() {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let program = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let code = MemoryMap.current().filter { $0.isCode && !$0.name.isEmpty }
        ranges = code.filter { $0.name == program } + code.filter { $0.name != program }
        self.program = program
    }

    /// What is known of an address.
    struct Place: Equatable {
        /// An index of ``Symbolizer/ranges``.
        var range: Int?
        var symbol: String?
    }

    /// What is known of each address, and the build ID of each range that one of them lies in.
    func places(of addresses: some Sequence<UInt64>) -> (places: [UInt64: Place], buildIDs: [Int: String]) {
        var places: [UInt64: Place] = [:]
        var groups: [Int: [UInt64]] = [:]
        for address in Set(addresses) {
            let range = ranges.firstIndex { $0.start <= address && address < $0.end }
            places[address] = Place(range: range)
            if let range { groups[range, default: []].append(address) }
        }
        var buildIDs: [Int: String] = [:]
        for (index, group) in groups {
            guard let file = file(of: ranges[index]) else { continue }
            buildIDs[index] = file.buildID
            let range = ranges[index]
            var wanted: [UInt64: UInt64] = [:]
            for address in group {
                if let own = file.address(ofOffset: address - range.start &+ range.offset) { wanted[address] = own }
            }
            let symbols = file.symbols(of: Set(wanted.values).sorted())
            for (address, own) in wanted { places[address]?.symbol = symbols[own] }
        }
        return (places, buildIDs)
    }

    private func file(of range: MappedRange) -> ELFFile? {
        // By this name the program can be read even when its file has been replaced by a newer one.
        let path = range.name == program ? "/proc/self/exe" : range.name
        guard range.isFile, !range.isDeleted || range.name == program else { return nil }
        return FileBytes(path).flatMap { ELFFile($0) }
    }

    /// A name as people write it. Those of C++ stay: pprof makes them readable itself.
    static func readable(_ symbol: String) -> String {
        guard symbol.hasPrefix("$s") || symbol.hasPrefix("$S") || symbol.hasPrefix("_$s"),
            let text = swift_demangle(symbol, symbol.utf8.count, nil, nil, 0)
        else { return symbol }
        defer { free(text) }
        return String(cString: text)
    }
}
