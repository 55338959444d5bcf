import Glibc
import GoNotation

/// An address that a socket can be connected to.
struct SocketAddress: Sendable, Equatable {
    /// `sockaddr_in` or `sockaddr_in6`.
    var bytes: [UInt8]
    var family: Int32
}

/// Finds the address of a host.
enum AddressLookup {
    /// Addresses written as such need no lookup.
    static func numeric(_ address: HostAndPort) -> SocketAddress? {
        try? find(address, flags: AI_NUMERICHOST | AI_NUMERICSERV).get()
    }

    /// Asks the system's resolver, which may take its time: on a thread of its own.
    static func resolve(_ address: HostAndPort) async -> Result<SocketAddress, LookupError> {
        await withCheckedContinuation { continuation in
            Request(address: address, continuation: continuation).start()
        }
    }

    private static func find(_ address: HostAndPort, flags: Int32) -> Result<SocketAddress, LookupError> {
        var hints = addrinfo()
        hints.ai_flags = flags
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address.host, String(address.port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0, let first = list?.pointee, let name = first.ai_addr else {
            let reason =
                code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code).map { UnsafeMutablePointer(mutating: $0) }
            return .failure(LookupError(address, reason.map { String(cString: $0) } ?? "no address"))
        }
        let bytes = Array(UnsafeRawBufferPointer(start: name, count: Int(first.ai_addrlen)))
        return .success(SocketAddress(bytes: bytes, family: first.ai_family))
    }

    private final class Request: Sendable {
        typealias Answer = CheckedContinuation<Result<SocketAddress, LookupError>, Never>
        private let address: HostAndPort
        private let continuation: Answer

        init(address: HostAndPort, continuation: Answer) {
            self.address = address
            self.continuation = continuation
        }

        func start() {
            var thread = pthread_t()
            let reference = Unmanaged.passRetained(self)
            let code = pthread_create(
                &thread, nil,
                { context in
                    if let context { Unmanaged<Request>.fromOpaque(context).takeRetainedValue().answer() }
                    return nil
                }, reference.toOpaque())
            if code == 0 {
                pthread_detach(thread)
            } else {
                reference.release()
                let reason = String(cString: strerror(code))
                continuation.resume(returning: .failure(LookupError(address, reason)))
            }
        }

        private func answer() {
            continuation.resume(returning: find(address, flags: AI_NUMERICSERV))
        }
    }
}

/// The syslog server's name has no address.
struct LookupError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ address: HostAndPort, _ reason: String) {
        description = "cannot find the address of the syslog server \(address.host): \(reason)"
    }
}
