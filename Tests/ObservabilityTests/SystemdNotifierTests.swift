import CSystemd
import Glibc
import Synchronization
import Testing

@testable import Observability

struct SystemdNotifierTests {
    /// What a notifier says, without a socket.
    private func said(
        _ environment: [String: String] = ["NOTIFY_SOCKET": "/run/notify"], _ use: (SystemdNotifier) -> Void
    ) -> [String] {
        let box = StateBox()
        use(
            SystemdNotifier(environment: environment, processID: 7) { _, state in
                box.append(state)
                return true
            })
        return box.states
    }

    private final class StateBox: Sendable {
        private let collected = Mutex<[String]>([])
        var states: [String] { collected.withLock { $0 } }
        func append(_ state: String) { collected.withLock { $0.append(state) } }
    }

    @Test func `each call says what sd_notify(3) names`() {
        let states = said { notifier in
            notifier.ready()
            notifier.status("3 workers run")
            notifier.watchdog()
            notifier.stopping()
            notifier.extendTimeout(.milliseconds(1500))
            notifier.mainPID(42)
        }
        #expect(
            states == [
                "READY=1", "STATUS=3 workers run", "WATCHDOG=1", "STOPPING=1", "EXTEND_TIMEOUT_USEC=1500000",
                "MAINPID=42",
            ])
    }

    @Test func `a reload carries the monotonic time`() throws {
        func now() -> Int {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
        }
        let before = now()
        let state = try #require(
            said { notifier in
                notifier.ready()
                notifier.reloading()
            }.last)
        let lines = state.split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let time = try #require(lines.last?.split(separator: "=").last.flatMap { Int($0) })
        #expect(lines.last?.hasPrefix("MONOTONIC_USEC=") == true)
        #expect((before...now()).contains(time))
    }

    @Test func `what is said once is said as soon as there is room`() {
        let box = StateBox()
        let hasRoom = Mutex(false)
        let notifier = SystemdNotifier(environment: ["NOTIFY_SOCKET": "/run/notify"], processID: 7) { _, state in
            guard hasRoom.withLock({ $0 }) else { return false }
            box.append(state)
            return true
        }
        notifier.ready()
        notifier.status("dropped")
        notifier.stopping()
        #expect(box.states == [])
        hasRoom.withLock { $0 = true }
        notifier.catchUp()
        notifier.catchUp()
        #expect(box.states == ["READY=1", "STOPPING=1"])
    }

    @Test func `a reload before all is ready does not make it so`() {
        let states = said { notifier in
            notifier.reloading()
            notifier.reloaded()
            notifier.ready()
            notifier.reloading()
            notifier.reloaded()
        }
        #expect(states.map { $0.prefix(7) } == ["READY=1", "RELOADI", "READY=1"])
    }

    @Test func `a status cannot smuggle in another assignment`() {
        #expect(said { $0.status("a\nREADY=1\r\u{1b}b") } == ["STATUS=a READY=1  b"])
    }

    @Test func `a long status is cut at a whole character`() throws {
        let state = try #require(said { $0.status(String(repeating: "é", count: 5000)) }.first)
        #expect(state.utf8.count <= "STATUS=".utf8.count + 500)
        #expect(state.hasSuffix("é…[cut]"))
    }

    @Test func `nobody to notify: nothing is said`() {
        #expect(said([:]) { $0.ready() }.isEmpty)
        #expect(said(["NOTIFY_SOCKET": ""]) { $0.ready() }.isEmpty)
        #expect(!SystemdNotifier(environment: [:]).isActive)
    }

    @Test(
        arguments: [
            (["WATCHDOG_USEC": "30000000"], Duration.seconds(15)),
            (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"], .seconds(15)),
            (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"], nil),
            (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "x"], nil), (["WATCHDOG_USEC": "0"], nil),
            (["WATCHDOG_USEC": "-5"], nil), (["WATCHDOG_USEC": "soon"], nil), ([:], nil),
        ] as [([String: String], Duration?)])
    func `the watchdog is fed twice as often as demanded, if it is ours`(extra: [String: String], expected: Duration?) {
        let environment = extra.merging(["NOTIFY_SOCKET": "/run/notify"]) { $1 }
        let notifier = SystemdNotifier(environment: environment, processID: 7) { _, _ in true }
        #expect(notifier.watchdogInterval == expected)
    }

    @Test func `a full or missing queue is seen without waiting`() throws {
        #expect(csystemd_datagram_writable("/nonexistent/notify") == -ENOENT)
        #expect(csystemd_datagram_writable("vsock:2:1234") == -EAFNOSUPPORT)
        #expect(csystemd_datagram_writable("/" + String(repeating: "x", count: 200)) == -ENAMETOOLONG)
        let receiver = try DatagramReceiver()
        #expect(csystemd_datagram_writable(receiver.path) == 1)
        let socket = csystemd_journal_open()
        defer { close(socket) }
        var sent = 0
        while csystemd_journal_send(socket, receiver.path, "x", 1) == 0, sent < 100_000 { sent += 1 }
        #expect(csystemd_datagram_writable(receiver.path) == 0)
        _ = receiver.receive()
        while receiver.receive(within: 0) != nil {}
        #expect(csystemd_datagram_writable(receiver.path) == 1)
    }
}
