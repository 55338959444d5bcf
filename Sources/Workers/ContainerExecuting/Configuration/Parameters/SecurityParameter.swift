import DockerClient
import Glibc

/// As docker takes them; `seccomp=/a/file.json` names a file of the host, whose content Docker wants.
enum SecurityParameter {
    /// Profiles have some 20 KB.
    private static let largestProfile = 1 << 20

    static func parse(_ text: String) throws(ParameterError) -> String {
        guard !text.isEmpty else { throw ParameterError("a value is expected") }
        for sign in ["=", ":"] {
            guard text.hasPrefix("seccomp\(sign)/") else { continue }
            return "seccomp=" + (try content(of: String(text.dropFirst(8))))
        }
        return text
    }

    private static func content(of path: String) throws(ParameterError) -> String {
        guard let file = fopen(path, "re") else {
            throw ParameterError("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: largestProfile + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0, count <= largestProfile else {
            throw ParameterError("\(path) cannot be read, or is larger than a megabyte")
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
