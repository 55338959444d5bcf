import Glibc

/// A unix datagram socket in a temporary folder, in the place of journald or systemd.
final class DatagramReceiver {
    let path: String
    private let folder: String
    private let descriptor: Int32

    init() throws {
        var template = Array("/tmp/complainer-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(errno) }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = folder + "/socket"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError(errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let outcome = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard outcome == 0 else { throw SystemError(errno) }
    }

    deinit {
        close(descriptor)
        unlink(path)
        rmdir(folder)
    }

    /// The next datagram, or nil when none comes in time.
    func receive(within milliseconds: Int32 = 10_000) -> [UInt8]? {
        var query = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&query, 1, milliseconds) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count >= 0 ? Array(buffer[..<count]) : nil
    }

    func receiveText(within milliseconds: Int32 = 10_000) -> String? {
        receive(within: milliseconds).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The next datagram read as the journal would, by name.
    func receiveEntry() -> [String: [String]]? {
        receive().flatMap(Self.fields)
    }

    /// The journal's native protocol; nil when it is broken anywhere.
    static func fields(_ bytes: [UInt8]) -> [String: [String]]? {
        var result: [String: [String]] = [:]
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
                let name = String(decoding: line[..<equals], as: UTF8.self)
                result[name, default: []].append(String(decoding: line[(equals + 1)...], as: UTF8.self))
            } else {
                guard rest.count >= 8 else { return nil }
                let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(8)
                guard rest.count > length, rest[rest.startIndex + length] == UInt8(ascii: "\n") else { return nil }
                let name = String(decoding: line, as: UTF8.self)
                result[name, default: []].append(String(decoding: rest.prefix(length), as: UTF8.self))
                rest = rest.dropFirst(length + 1)
            }
        }
        return result
    }
}

struct SystemError: Error {
    let code: Int32

    init(_ code: Int32) { self.code = code }
}
