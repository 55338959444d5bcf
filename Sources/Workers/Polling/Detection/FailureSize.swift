import Complaints

extension Failure {
    /// The most that one failure may take in a message, in bytes; a message with several takes at most
    /// ``Outbox/maximumMessage``.
    static let maximumSize = 3 << 20
    private static let maximumText = 64 * 1024

    /// An upper bound of the bytes that it takes as JSON: each byte of text as six (`\u0000`).
    var sizeEstimate: Int {
        var texts = [
            id, name, slave, framework, image, state, message, reason, source, frameworkID, agentID, executorID,
        ]
        texts += containerIDs
        let labels = labels.reduce(0) { $0 + 8 + 6 * ($1.key.utf8.count + $1.value.utf8.count) }
        return texts.reduce(600) { $0 + 8 + 6 * $1.utf8.count } + labels
    }

    /// Cuts what no human would read, so that a mad task can do no more harm than a usual one: texts of over 64 KiB,
    /// and the largest labels of a task that has too many.
    mutating func shorten() {
        guard sizeEstimate > Self.maximumSize else { return }
        func cut(_ text: String) -> String {
            // One that was cut already is a little longer.
            guard text.utf8.count > Self.maximumText + 100 else { return text }
            var room = Self.maximumText
            let kept = text.unicodeScalars.prefix { scalar in
                room -= UTF8.width(scalar)
                return room >= 0
            }
            return String(String.UnicodeScalarView(kept)) + Self.mark(text)
        }
        // Not the ids: they are the failure's identity.
        (name, image, message) = (cut(name), cut(image), cut(message))
        (slave, framework, executorID) = (cut(slave), cut(framework), cut(executorID))
        containerIDs = containerIDs.map(cut)
        for (key, value) in labels { labels[key] = cut(value) }
        let largest = labels.keys.sorted { left, right in
            left.utf8.count + (labels[left]?.utf8.count ?? 0) > right.utf8.count + (labels[right]?.utf8.count ?? 0)
        }
        for key in largest where sizeEstimate > Self.maximumSize { labels[key] = labels[key].map(Self.mark) }
        for key in largest where sizeEstimate > Self.maximumSize { labels[key] = nil }
    }

    /// What stands in place of what was cut; of a text that was cut before, the mark that it has.
    private static func mark(_ text: String) -> String {
        if text.hasSuffix(" bytes)"), let known = text.suffix(60).ranges(of: "… (cut, ").last {
            return String(text[known.lowerBound...])
        }
        return "… (cut, \(text.utf8.count) bytes)"
    }
}
