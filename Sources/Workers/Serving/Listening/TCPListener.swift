import Complaints
import Glibc
import NIOPosix

/// Listens where `-listen` says.
struct TCPListener: Listener {
    let address: ListenAddress

    var what: String { "-listen \(address)" }

    /// Without a host: all addresses, IPv6 and IPv4, or only IPv4 where there is no IPv6. A host name's first IPv4
    /// address, or its first one, as Go does.
    func open() async throws(ListenError) -> ListeningSocket {
        // Looking up a name may block for seconds, which a thread of the task pool must not.
        let result: Result<ListeningSocket, ListenError>
        do {
            result = try await NIOThreadPool.singleton.runIfActive {
                Result { () throws(ListenError) in try self.bind() }
            }
        } catch {
            throw ListenError(what, "\(error)")
        }
        return try result.get()
    }

    func isStillThere(_ socket: ListeningSocket) -> Bool { true }

    func remove(_ socket: ListeningSocket) {}

    private func bind() throws(ListenError) -> ListeningSocket {
        guard address.host.isEmpty else {
            let all = try lookUp(address.host, family: AF_UNSPEC)
            guard let address = all.first(where: { $0.family == AF_INET }) ?? all.first else {
                throw ListenError(what, "the host has no address")
            }
            return try listen(on: address)
        }
        do throws(ListenError) {
            guard let address = try lookUp("::", family: AF_INET6).first else {
                throw ListenError(what, "the host has no address")
            }
            return try listen(on: address)
        } catch {
            // Without IPv6 in the kernel, or switched off.
            guard let address = try lookUp("0.0.0.0", family: AF_INET).first, !isTaken(error) else { throw error }
            return try listen(on: address)
        }
    }

    private func isTaken(_ error: ListenError) -> Bool { error == ListenError(what, "bind", EADDRINUSE) }

    private func listen(on address: Address) throws(ListenError) -> ListeningSocket {
        let outcome = address.bytes.withUnsafeBytes { bytes -> Result<ListeningSocket, ListenError> in
            guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else {
                return .failure(ListenError(what, "the host has no address"))
            }
            return Result { () throws(ListenError) in
                try ListeningSocket.make(
                    what, family: address.family, address: pointer, length: socklen_t(bytes.count)
                ) { descriptor in
                    var on: Int32 = 1
                    var off: Int32 = 0
                    let size = socklen_t(MemoryLayout<Int32>.size)
                    guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size) == 0 else { return errno }
                    if address.family == AF_INET6 {
                        // "::" takes IPv4 too, whatever net.ipv6.bindv6only says.
                        guard setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size) == 0 else {
                            return errno
                        }
                    }
                    return 0
                }
            }
        }
        return try outcome.get()
    }

    /// A socket address as the resolver made it.
    private struct Address {
        var family: Int32
        var bytes: [UInt8]
    }

    private func lookUp(_ host: String, family: Int32) throws(ListenError) -> [Address] {
        var hints = addrinfo()
        hints.ai_family = family
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(address.port)", &hints, &list)
        guard code == 0 else {
            throw ListenError(what, "the host cannot be looked up: \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(list) }
        var result: [Address] = []
        var next = list
        while let entry = next?.pointee {
            if let address = entry.ai_addr {
                let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
                result.append(Address(family: entry.ai_family, bytes: Array(bytes)))
            }
            next = entry.ai_next
        }
        return result
    }
}
