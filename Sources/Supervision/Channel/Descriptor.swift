import CProcess
import Glibc

/// A file descriptor with one owner, which closes it.
public final class Descriptor: Sendable {
    /// The number, valid as long as this object lives.
    public let number: Int32

    /// Takes ownership of `number`.
    public init(owning number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// A connected pair of stream sockets, not blocking, close-on-exec.
    ///
    /// - Throws: ``SystemError`` when the process or the system has no descriptors left.
    public static func socketPair() throws(SystemError) -> (Descriptor, Descriptor) {
        var numbers: [Int32] = [-1, -1]
        let code = cprocess_socketpair(&numbers)
        guard code == 0 else { throw SystemError("socketpair", code) }
        return (Descriptor(owning: numbers[0]), Descriptor(owning: numbers[1]))
    }
}

/// A system call that failed.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    public let call: String
    public let code: Int32

    public init(_ call: String, _ code: Int32) {
        self.call = call
        self.code = code
    }

    public var description: String { "\(call): \(String(cString: strerror(code)))" }
}
