import CProcess
import Glibc

/// A UDP socket that is connected to the syslog server, so that the kernel tells when nobody listens there.
final class SyslogSocket {
    private let descriptor: Int32

    /// What became of a batch, or of a part of it.
    enum Outcome: Equatable {
        case sent(Int)
        /// The kernel has no room: the same again a little later.
        case full
        /// One datagram is lost: this one, or with `ECONNREFUSED` one before it.
        case lost(errno: Int32)
    }

    init(_ address: SocketAddress) throws(SyslogSocketError) {
        descriptor = socket(address.family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SyslogSocketError("cannot make a UDP socket", errno) }
        let code = address.bytes.withUnsafeBytes { bytes in
            bytes.baseAddress.map {
                connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            }
        }
        // It is closed by `deinit`, and only there: by then its number might be another's.
        guard code == 0 else { throw SyslogSocketError("cannot send to the syslog server", errno) }
    }

    deinit {
        close(descriptor)
    }

    /// Sends a batch from its datagram of that number on.
    func send(_ batch: DatagramBatch, from first: Int, withNewline: Bool) -> Outcome {
        let begin = first == 0 ? 0 : batch.ends[first - 1]
        let sent = batch.bytes.withUnsafeBytes { bytes in
            batch.ends[first...].withUnsafeBufferPointer { ends in
                cprocess_send_datagrams(
                    descriptor, bytes.baseAddress, begin, ends.baseAddress, ends.count, withNewline ? 0 : 1)
            }
        }
        if sent >= 0 { return .sent(sent) }
        let code = Int32(-sent)
        return code == EAGAIN || code == ENOBUFS ? .full : .lost(errno: code)
    }
}

/// There is no way to the syslog server.
struct SyslogSocketError: Error, CustomStringConvertible {
    let description: String

    init(_ attempt: String, _ code: Int32) {
        description = "\(attempt): \(String(cString: strerror(code)))"
    }
}
