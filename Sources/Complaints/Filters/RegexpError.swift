import CRE2

/// Why a regular expression was refused, in RE2's words.
public struct RegexpError: Error, Equatable, CustomStringConvertible {
    public var message: String
    /// Where the wrong part begins, in characters from 1; nil when that cannot be told.
    public var position: Int?
    /// RE2 did not like the name of a group.
    var isAboutNames = false

    init(message: String, position: Int?) {
        self.message = message
        self.position = position
    }

    init(_ error: CRE2Error, pattern: String) {
        message = withUnsafeBytes(of: error.message) {
            String(decoding: $0.prefix(error.message_length), as: UTF8.self)
        }
        .shortened(to: 120)
        let fragment = withUnsafeBytes(of: error.fragment) { Array($0.prefix(error.fragment_length)) }
        position = Self.position(of: fragment, in: pattern)
        isAboutNames = message.hasPrefix("invalid named capture group")
    }

    /// Longer expressions are nobody's by hand, and the search would take its time.
    private static let longestSearched = 4096

    /// RE2 tells the wrong part but not where it is: known only when that part is there exactly once.
    private static func position(of fragment: [UInt8], in pattern: String) -> Int? {
        let bytes = Array(pattern.utf8)
        guard !fragment.isEmpty, fragment.count <= bytes.count, bytes.count <= longestSearched else { return nil }
        let starts = (0...(bytes.count - fragment.count)).filter { bytes[$0...].starts(with: fragment) }
        guard let start = starts.first, starts.count == 1 else { return nil }
        return String(decoding: bytes[..<start], as: UTF8.self).count + 1
    }

    public var description: String {
        message + (position.map { " (at character \($0))" } ?? "")
    }
}
