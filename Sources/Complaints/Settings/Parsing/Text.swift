extension String {
    /// One line of at most so many characters, fit for a message: control characters become spaces.
    func shortened(to limit: Int) -> String {
        let line = String(String.UnicodeScalarView(prefix(limit).unicodeScalars.map { $0.value < 32 ? " " : $0 }))
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
