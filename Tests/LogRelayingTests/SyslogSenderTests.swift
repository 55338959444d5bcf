import Glibc
import GoNotation
import Logging
import Testing

@testable import LogRelaying

@Suite struct SyslogSenderTests {
    /// A UDP socket on a free port of 127.0.0.1.
    private final class Receiver {
        let descriptor: Int32
        let port: Int

        init() {
            let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length)
                    getsockname(descriptor, $0, &length)
                }
            }
            self.descriptor = descriptor
            port = Int(UInt16(bigEndian: address.sin_port))
            var limit = timeval(tv_sec: 5, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }

        func receive() -> String? {
            var buffer = [UInt8](repeating: 0, count: 70_000)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
        }

        deinit { close(descriptor) }
    }

    private func batch(_ lines: [String]) -> DatagramBatch {
        var batch = DatagramBatch()
        for line in lines {
            _ = batch.add {
                $0 += "\(line)\n".utf8
                return 0
            }
        }
        return batch
    }

    private func sender(_ port: Int, host: String = "127.0.0.1", withNewline: Bool = false) -> SyslogSender {
        SyslogSender(
            HostAndPort(host: host, port: port), withNewline: withNewline,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test(arguments: [true, false]) func everyLineIsADatagram(withNewline: Bool) async {
        let receiver = Receiver()
        let sender = sender(receiver.port, withNewline: withNewline)
        await sender.open(within: .seconds(5))
        let lines = (0..<150).map { "line \($0)" } + [""]
        await sender.send(batch(lines))
        #expect(lines.map { _ in receiver.receive() } == lines.map { withNewline ? "\($0)\n" : $0 })
        #expect(await sender.lost == 0)
    }

    @Test func aNameIsLookedUp() async {
        let receiver = Receiver()
        let sender = sender(receiver.port, host: "localhost")
        await sender.open(within: .seconds(30))
        await sender.send(batch(["hello"]))
        #expect(receiver.receive() == "hello")
    }

    @Test func aServerThatIsAwayCostsWhatIsSentToIt() async {
        let port = Receiver().port
        let sender = sender(port)
        await sender.open(within: .seconds(5))
        for _ in 0..<5 { await sender.send(batch(["a", "b", "c"])) }
        #expect(await (1...15).contains(sender.lost))
    }

    @Test func aNameWithoutAddressLosesLinesAndSaysSo() async {
        let sender = sender(514, host: "no.such.host.invalid")
        await sender.open(within: .seconds(30))
        await sender.send(batch(["a", "b"]))
        #expect(await sender.lost == 2)
    }

    @Test func aDatagramThatIsTooLargeIsLostAlone() async {
        let receiver = Receiver()
        let sender = sender(receiver.port)
        await sender.open(within: .seconds(5))
        await sender.send(batch(["before", String(repeating: "x", count: 66_000), "after"]))
        #expect(receiver.receive() == "before" && receiver.receive() == "after")
        #expect(await sender.lost == 1)
    }

    @Test(arguments: [("127.0.0.1", true), ("::1", true), ("localhost", false)])
    func addressesNeedNoLookup(host: String, isAddress: Bool) {
        #expect((AddressLookup.numeric(HostAndPort(host: host, port: 514)) != nil) == isAddress)
    }
}
