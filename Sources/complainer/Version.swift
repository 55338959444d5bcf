/// The version of the program.
enum Version {
    static let number = "2.0.0"
    /// When it was released, for the manual page.
    static let date = "2026-11-21"
    /// What `complainer version` prints.
    static let line = "complainer v\(number)"
}
