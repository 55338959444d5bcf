import CSystemd
import FoundationEssentials
import Glibc
import Synchronization

/// Tells systemd how the service is doing, by the protocol of sd_notify(3). Does nothing when `NOTIFY_SOCKET` is
/// unset, so the same code runs in a container or a terminal.
///
/// No call waits. The queue is systemd's, for all services, so it may be full whatever this one does. Status and watchdog
/// are dropped then, as they are repeated soon; ready, reloading and stopping are said once, and are kept until they are
/// out: call ``catchUp()`` about every second.
///
/// Only the supervisor may use this. `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` must not reach a worker:
/// whatever spawns one builds a clean environment. With `NotifyAccess=main` systemd would ignore the worker, but
/// in a container engine's or another supervisor's hands it would speak for the whole service.
public struct SystemdNotifier: Sendable {
    /// A status is cut to this many bytes.
    public static let maximumStatus = 500

    /// How often ``watchdog()`` must be called at least: half of what `WatchdogSec=` demands. Nil when nobody
    /// watches this process (`WATCHDOG_USEC` unset, zero or invalid, or `WATCHDOG_PID` of another process).
    public let watchdogInterval: Duration?

    /// Is there anybody to notify?
    public let isActive: Bool

    private let deliver: @Sendable (String) -> Bool
    private let memory = Memory()

    private final class Memory: Sendable {
        struct State {
            /// What has to be said still, the oldest first.
            var owed: [String] = []
            var isReady = false
        }
        let state = Mutex(State())
    }

    /// - Parameter environment: tells whether and where to notify. The messages themselves go to the
    ///   `NOTIFY_SOCKET` of the process's own environment, as sd_notify does it.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.init(environment: environment, processID: getpid(), deliver: Self.notify)
    }

    /// Datagram queues cannot be tried and written to in one step through sd_notify: ask first. An address of a
    /// kind that cannot be asked about is left to sd_notify.
    ///
    /// - Returns: whether another try later makes no sense.
    private static func notify(_ socket: String, _ state: String) -> Bool {
        let writable = csystemd_datagram_writable(socket)
        guard writable == 1 || writable == -EAFNOSUPPORT else { return false }
        return csystemd_notify(state) >= 0
    }

    init(
        environment: [String: String], processID: pid_t,
        deliver: @escaping @Sendable (_ socket: String, _ state: String) -> Bool
    ) {
        let socket = environment["NOTIFY_SOCKET"] ?? ""
        isActive = !socket.isEmpty
        watchdogInterval = isActive ? Self.watchdogInterval(environment, processID) : nil
        self.deliver = { state in socket.isEmpty || deliver(socket, state) }
    }

    /// Start-up is complete.
    public func ready() {
        memory.state.withLock { $0.isReady = true }
        sayOnce("READY=1")
    }

    /// Says what could not be said yet.
    public func catchUp() {
        memory.state.withLock { state in
            while let first = state.owed.first, deliver(first) { state.owed.removeFirst() }
        }
    }

    private func sayOnce(_ text: String) {
        memory.state.withLock { state in
            // A program that is not asked for anything more must not gather the same for ever.
            if state.owed.count < 16 { state.owed.append(text) }
        }
        catchUp()
    }

    /// One line for `systemctl status`: without secrets, control characters become blanks, at most
    /// ``maximumStatus`` bytes.
    public func status(_ text: String) { _ = deliver("STATUS=" + Self.statusLine(text)) }

    /// The service is alive.
    public func watchdog() { _ = deliver("WATCHDOG=1") }

    /// A reload begins; ``reloaded()`` ends it. Before start-up is complete there is none to speak of.
    public func reloading() {
        guard memory.state.withLock({ $0.isReady }) else { return }
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        sayOnce("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)")
    }

    /// A reload is complete, whatever came of it.
    public func reloaded() {
        if memory.state.withLock({ $0.isReady }) { sayOnce("READY=1") }
    }

    /// Shutdown begins.
    public func stopping() { sayOnce("STOPPING=1") }

    /// Start-up, reload or shutdown needs this much longer, counted from now; to be repeated in time if it needs
    /// longer still.
    public func extendTimeout(_ time: Duration) { _ = deliver("EXTEND_TIMEOUT_USEC=\(Self.microseconds(time))") }

    /// The service's main process, when it is not the one that systemd started.
    public func mainPID(_ pid: pid_t) { _ = deliver("MAINPID=\(pid)") }

    private static func watchdogInterval(_ environment: [String: String], _ processID: pid_t) -> Duration? {
        guard let text = environment["WATCHDOG_USEC"], let microseconds = Int64(text), microseconds > 1 else {
            return nil
        }
        if let watched = environment["WATCHDOG_PID"], pid_t(watched) != processID { return nil }
        return .microseconds(microseconds / 2)
    }

    private static func statusLine(_ text: String) -> String {
        let blank: Unicode.Scalar = " "
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { line.append(LogEscaping.isDangerous(scalar) ? blank : scalar) }
        return LogEscaping.cut(Redactor.shared.redact(String(line)), to: maximumStatus)
    }

    private static func microseconds(_ time: Duration) -> Int64 {
        let (seconds, attoseconds) = time.components
        return max(0, seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}
