import Complaints

/// What takes turns: the tasks of one name in one framework, which are usually the instances of one app.
enum AppKey {
    /// Characters of the framework's and the task's name that count.
    static let length = 200

    static func of(_ failure: Failure) -> String {
        // Scalars, as SQLite counts.
        let text = "\(failure.framework)\n\(failure.name)".unicodeScalars.prefix(length)
        return String(String.UnicodeScalarView(text))
    }
}
