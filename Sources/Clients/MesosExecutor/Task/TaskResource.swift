/// A resource that the task may use: a number (`cpus`, `mem` in MB) or ranges (`ports`).
public struct TaskResource: Sendable, Equatable {
    public var name: String
    public var scalar: Double?
    /// Both bounds belong to a range.
    public var ranges: [ClosedRange<UInt64>]

    public init(name: String, scalar: Double? = nil, ranges: [ClosedRange<UInt64>] = []) {
        self.name = name
        self.scalar = scalar
        self.ranges = ranges
    }
}

extension TaskResource: Decodable {
    private enum Key: String, CodingKey { case name, scalar, ranges }
    private struct Scalar: Decodable { var value: Double }
    private struct Ranges: Decodable { var range: [Range]? }
    private struct Range: Decodable { var begin, end: UInt64 }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        name = try fields.decode(String.self, forKey: .name)
        scalar = try fields.decodeIfPresent(Scalar.self, forKey: .scalar)?.value
        ranges = (try fields.decodeIfPresent(Ranges.self, forKey: .ranges)?.range ?? []).compactMap {
            $0.begin <= $0.end ? $0.begin...$0.end : nil
        }
    }
}
