import Synchronization

/// What was made of the values of labels: parsed when a report needs it, and the newest kept.
final class ParsedLabels<Value: Sendable>: Sendable {
    private let remembered = 64
    private let parsed = Mutex<[String: Value]>([:])

    func value<Failure>(
        of text: String, _ parse: (String) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        if let known = parsed.withLock({ $0[text] }) { return known }
        let value = try parse(text)
        parsed.withLock { parsed in
            if parsed.count >= remembered { parsed.removeAll() }
            parsed[text] = value
        }
        return value
    }
}
