/// The version of the program.
enum Version {
    static let number = "2.0.0"
    /// What `complainer version` prints.
    static let line = "complainer v\(number)"
}
