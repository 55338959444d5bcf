import Complaints

/// What takes turns: the tasks of one name in one framework, which are usually the instances of one app.
enum AppKey {
    /// Characters of the framework's and the task's name that count.
    static let length = 200

    static func of(_ failure: Failure) -> String {
        let text = "\(failure.framework)\n\(failure.name)"
        guard text.utf8.count > length else { return text }
        // Scalars, as SQLite counts.
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(length)))
    }
}
