import Glibc

/// Ports of 127.0.0.1 that nobody listens on right now.
enum FreePort {
    /// Below the ports that the kernel gives to outgoing connections: one of those could take a server's port while
    /// the server is being restarted, or even connect to itself. Another process may take the port before the
    /// caller does, so a server that cannot bind has to be tried again with another one.
    static func find() throws -> Int {
        for _ in 0..<1000 {
            let port = Int.random(in: 10240...29999)
            if isFree(port) { return port }
        }
        throw HarnessError("no free port between 10240 and 29999 found")
    }

    static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        return Loopback.bind(descriptor, to: port) && listen(descriptor, 1) == 0
    }
}
