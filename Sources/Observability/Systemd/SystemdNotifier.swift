import CSystemd
import FoundationEssentials
import Glibc

/// Tells systemd how the service is doing, by the protocol of sd_notify(3). Does nothing when `NOTIFY_SOCKET` is
/// unset, so the same code runs in a container or a terminal.
///
/// No call waits: when systemd's queue is full, the message is dropped; every one of them is either repeated soon
/// (watchdog, status) or so rare that the queue has room.
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

    private let deliver: @Sendable (String) -> Void

    /// - Parameter environment: tells whether and where to notify. The messages themselves go to the
    ///   `NOTIFY_SOCKET` of the process's own environment, as sd_notify does it.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.init(environment: environment, processID: getpid(), deliver: Self.notify)
    }

    /// Datagram queues cannot be tried and written to in one step through sd_notify: ask first. An address of a
    /// kind that cannot be asked about is left to sd_notify.
    private static func notify(_ socket: String, _ state: String) {
        let writable = csystemd_datagram_writable(socket)
        if writable == 1 || writable == -EAFNOSUPPORT { _ = csystemd_notify(state) }
    }

    init(
        environment: [String: String], processID: pid_t,
        deliver: @escaping @Sendable (_ socket: String, _ state: String) -> Void
    ) {
        let socket = environment["NOTIFY_SOCKET"] ?? ""
        isActive = !socket.isEmpty
        watchdogInterval = isActive ? Self.watchdogInterval(environment, processID) : nil
        self.deliver = { state in
            if !socket.isEmpty { deliver(socket, state) }
        }
    }

    /// Start-up, or a reload, is complete.
    public func ready() { deliver("READY=1") }

    /// One line for `systemctl status`: without secrets, control characters become blanks, at most
    /// ``maximumStatus`` bytes.
    public func status(_ text: String) { deliver("STATUS=" + Self.statusLine(text)) }

    /// The service is alive.
    public func watchdog() { deliver("WATCHDOG=1") }

    /// A reload begins; ``ready()`` ends it.
    public func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        deliver("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)")
    }

    /// Shutdown begins.
    public func stopping() { deliver("STOPPING=1") }

    /// Start-up, reload or shutdown needs this much longer, counted from now; to be repeated in time if it needs
    /// longer still.
    public func extendTimeout(_ time: Duration) { deliver("EXTEND_TIMEOUT_USEC=\(Self.microseconds(time))") }

    /// The service's main process, when it is not the one that systemd started.
    public func mainPID(_ pid: pid_t) { deliver("MAINPID=\(pid)") }

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
