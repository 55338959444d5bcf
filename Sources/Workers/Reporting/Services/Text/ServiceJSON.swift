import FoundationEssentials

/// JSON as services are sent it.
enum ServiceJSON {
    /// With keys in order, so that the same report always is the same bytes.
    static func bytes(_ value: some Encodable) throws(DeliveryError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw DeliveryError("the report cannot be written as JSON", isPermanent: true)
        }
    }
}
