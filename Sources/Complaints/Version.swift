/// The version of the program.
public enum Version {
    public static let number = "2.0.0"
    /// What `complainer version` prints.
    public static let line = "complainer v\(number)"
}
