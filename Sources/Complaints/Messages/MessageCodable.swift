import Supervision

/// The keys of all messages between workers: one flat object with a `"type"`.
enum MessageKey: String, CodingKey {
    case type, phase, failures, keys, key, failure, evidence, delivery, id, reason, retryAfter, permanent, count, note
    case mode, master, what, answer, standing, turnedAway, perDestination, ambiguous
}

extension KeyedDecodingContainer<MessageKey> {
    func get<Value: Decodable>(_ key: MessageKey) throws -> Value { try decode(Value.self, forKey: key) }
    func find<Value: Decodable>(_ key: MessageKey) throws -> Value? { try decodeIfPresent(Value.self, forKey: key) }
}
