/// `/run`, `/run:rw,size=64m`.
enum TmpfsParameter {
    static func parse(_ text: String) throws(ParameterError) -> (path: String, options: String) {
        guard text.hasPrefix("/") else { throw ParameterError("a path that begins with a slash is expected") }
        guard let colon = text.firstIndex(of: ":") else { return (text, "") }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}
