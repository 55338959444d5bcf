/// Where the unix socket of a running instance is: the one rule that the server worker and `complainer status` share.
public enum ControlSocket {
    /// The longest path that fits into `sockaddr_un` with the NUL at its end, in bytes.
    public static let maximumPathLength = 107

    /// The name of the socket's file. Instances may share a directory.
    ///
    /// - Parameter instance: the value of `-name`; what may not stand in a file's name is percent-encoded.
    public static func fileName(instance: String) -> String {
        instance == LabelResolver.defaultName ? "complainer.sock" : "complainer-\(encoded(instance)).sock"
    }

    /// Where a running instance listens: in the first directory of `$RUNTIME_DIRECTORY`, else in its state directory;
    /// nil when it has neither.
    ///
    /// - Parameters:
    ///   - instance: the value of `-name`.
    ///   - runtimeDirectory: the value of `$RUNTIME_DIRECTORY`; systemd puts colons between several.
    ///   - stateDirectory: the value of `-state`.
    public static func path(instance: String, runtimeDirectory: String?, stateDirectory: String?) -> String? {
        let runtime = runtimeDirectory?.split(separator: ":", omittingEmptySubsequences: true).first.map(String.init)
        return [runtime, stateDirectory].compactMap(\.self).first { !$0.isEmpty }
            .map { join($0, fileName(instance: instance)) }
    }

    /// Where to look for an instance that somebody else started, best guess first, each once: where it would be with
    /// the same settings, in the state directory, and where the systemd units put it.
    public static func candidates(instance: String, runtimeDirectory: String?, stateDirectory: String?) -> [String] {
        var seen: Set<String> = []
        return [
            path(instance: instance, runtimeDirectory: runtimeDirectory, stateDirectory: stateDirectory),
            path(instance: instance, runtimeDirectory: nil, stateDirectory: stateDirectory),
            join("/run/complainer", fileName(instance: instance)),
            join("/var/lib/complainer", fileName(instance: instance)),
        ].compactMap(\.self).filter { seen.insert($0).inserted }
    }

    /// What keeps a path from being a socket's, in words; nil when nothing does.
    public static func problem(with path: String) -> String? {
        let length = path.utf8.count
        guard length > maximumPathLength else { return nil }
        return "the path of a unix socket has at most \(maximumPathLength) bytes, and this one has \(length); "
            + "choose a shorter directory or -name"
    }

    private static func join(_ directory: String, _ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
    }

    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result.append("%")
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
    }
}
