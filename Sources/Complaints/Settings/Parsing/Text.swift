extension String {
    /// One line of at most so many characters, fit for a message: control characters become spaces.
    public func shortened(to limit: Int) -> String {
        let line = String(String.UnicodeScalarView(prefix(limit).unicodeScalars.map { $0.breaksLines ? " " : $0 }))
        return count > limit ? line + "…" : line
    }

    /// Without white space at both ends.
    var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}

extension Unicode.Scalar {
    /// Control characters and separators of lines, which would forge lines of a log or move a terminal's cursor.
    fileprivate var breaksLines: Bool {
        switch value {
        case 0..<32, 127..<160, 0x2028, 0x2029: true
        default: false
        }
    }
}
