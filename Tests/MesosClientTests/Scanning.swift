@testable import MesosClient

/// Feeds a text in chunks and collects what the scanner hands on, as text.
func scan<Label>(
    _ document: some Collection<UInt8>, _ plan: ScanPlan<Label>, window: Int = 64, chunk: Int = 17,
    value: Int = 16 << 20, text: Int = JSONText.longest, silence: Int = 64 << 20
) throws -> [String] {
    var scanner = try DocumentScanner(
        plan, limits: ScanLimits(window: window, value: value, text: text, silence: silence))
    var found: [String] = []
    func note(_ finding: DocumentScanner<Label>.Finding) {
        switch finding {
        case .begin(let label): found.append("<\(label)")
        case .end(let label): found.append("\(label)>")
        case .value(let label, let element): found.append("\(label)=\(element.json)")
        }
    }
    var rest = Array(document)[...]
    while !rest.isEmpty {
        let piece = Array(rest.prefix(chunk))
        rest = rest.dropFirst(chunk)
        try piece.withUnsafeBytes { try scanner.feed($0, note) }
    }
    try scanner.finish(note)
    return found
}

extension JSONElement {
    /// The value, written anew from what its members and items say.
    var json: String {
        if isObject {
            var parts: [String] = []
            members { key, value in
                parts.append("\(key.string):\(value.json)")
                return true
            }
            return "{" + parts.joined(separator: ",") + "}"
        }
        if isArray {
            var parts: [String] = []
            items { parts.append($0.json) }
            return "[" + parts.joined(separator: ",") + "]"
        }
        if let text { return "'\(text.string)'" }
        if let number { return "\(number)" }
        return String(Unicode.Scalar(head))
    }
}
