import Glibc
import Supervision
import TestTools
import Testing

/// A client that sends exactly what a test wants, and may do it badly.
final class RawConnection: Sendable {
    private let descriptor: Descriptor

    init(_ path: String) throws {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        descriptor = Descriptor(owning: socket(AF_UNIX, type, 0))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let code = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 ? 0 : errno
            }
        }
        if code != 0 { throw SystemError("connect", code) }
    }

    /// Sends all of it, or as much as the server takes before it closes.
    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        try await waitUntil {
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count < 0 { return errno != EAGAIN }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Says that nothing more will be sent.
    func finish() { shutdown(descriptor.number, Int32(SHUT_WR)) }

    /// What there is to read now; nil at the end.
    func readSome() -> [UInt8]? {
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        let count = Glibc.read(descriptor.number, &piece, piece.count)
        if count > 0 { return Array(piece.prefix(count)) }
        return count < 0 && errno == EAGAIN ? [] : nil
    }

    /// Everything until the server closes.
    func readToEnd(file: String = #fileID, line: Int = #line) async throws -> String {
        var all: [UInt8] = []
        try await waitUntil("bytes", file: file, line: line) {
            while true {
                guard let some = readSome() else { return true }
                if some.isEmpty { return false }
                all += some
            }
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// Reads until what came contains a text.
    func read(until text: String, file: String = #fileID, line: Int = #line) async throws -> String {
        var all = ""
        try await waitUntil("bytes", file: file, line: line) {
            guard let some = readSome() else { return true }
            all += String(decoding: some, as: UTF8.self)
            return all.contains(text)
        }
        return all
    }
}
