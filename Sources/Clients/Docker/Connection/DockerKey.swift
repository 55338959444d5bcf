/// A field of Docker's documents, by the name that it has there: `fields.decode(Int.self, forKey: "NCPU")`.
struct DockerKey: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringLiteral value: String) { stringValue = value }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    func dockerFields() throws -> KeyedDecodingContainer<DockerKey> { try container(keyedBy: DockerKey.self) }
}

extension KeyedDecodingContainer<DockerKey> {
    /// nil also for null, and where the field is missing.
    func optional<Value: Decodable>(_ key: DockerKey, as type: Value.Type = Value.self) throws -> Value? {
        try decodeIfPresent(Value.self, forKey: key)
    }

    /// An object in the object; nil where it is missing or null.
    func object(_ key: DockerKey) throws -> KeyedDecodingContainer<DockerKey>? {
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        return try nestedContainer(keyedBy: DockerKey.self, forKey: key)
    }
}
