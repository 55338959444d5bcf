/// Turns addresses into locations of a profile.
struct StackLocations {
    private var numbers: [UInt64: Int] = [:]

    /// Puts the locations of all these stacks, and the mappings they lie in, into the profile.
    init(of traces: some Sequence<StackTrace>, into profile: inout Profile) {
        let symbolizer = Symbolizer()
        let (places, buildIDs) = symbolizer.places(of: traces.lazy.flatMap(\.frames))
        let used = Set(places.values.compactMap(\.range))
        let named = Set(places.values.lazy.filter { $0.symbol != nil }.compactMap(\.range))
        var mappings: [Int: Int] = [:]
        // The first one is the program to pprof, so it comes even when none of its code was seen.
        for (index, range) in symbolizer.ranges.enumerated() where index == 0 || used.contains(index) {
            mappings[index] = profile.mappings.count
            profile.mappings.append(
                Profile.Mapping(
                    start: range.start, end: range.end, offset: range.offset, file: range.path,
                    buildID: buildIDs[index] ?? "", hasNames: named.contains(index)))
        }
        for (address, place) in places.sorted(by: { $0.key < $1.key }) {
            numbers[address] = profile.locations.count
            profile.locations.append(
                Profile.Location(
                    mapping: place.range.flatMap { mappings[$0] }, address: address,
                    name: place.symbol.map(Symbolizer.readable), symbol: place.symbol))
        }
    }

    func stack(_ trace: StackTrace) -> [Int] { trace.frames.compactMap { numbers[$0] } }
}
