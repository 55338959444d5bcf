/// The name of a task's container: a prefix and the UUID (version 5, RFC 9562 section 5.5) of the task's id.
///
/// The same task always gets the same name, so that whoever comes later finds its container.
public enum ContainerName {
    /// What the Docker containerizer of Mesos uses as well.
    public static let standardPrefix = "mesos-"

    /// `mesos-74738ff5-5367-5958-9aee-98fffdcd1876`.
    public static func make(taskID: String, prefix: String = standardPrefix) -> String {
        prefix + uuid(of: taskID)
    }

    /// The UUID of a name in the nil namespace.
    static func uuid(of name: String) -> String {
        var bytes = Array(SHA1.digest([UInt8](repeating: 0, count: 16) + Array(name.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x50
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
