/// The version of the program.
public enum Version {
    public static let number = "2.0.0"
    /// When it was released, for the manual page.
    public static let date = "2026-11-21"
    /// What `complainer version` prints.
    public static let line = "complainer v\(number)"
}
