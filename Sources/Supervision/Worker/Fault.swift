import Glibc

/// Trouble that tests ask for in debug builds, by the variable `COMPLAINER_FAULT`: `ROLE:KIND-on-POINT`, several with
/// commas between them, e.g. `reporter/slack:segv-on-delivery`. With `=NAME` at the end it is only for the task of that
/// name. Kinds: `segv`, `abort`. Points: `collection`, `delivery`.
///
/// Release builds have nothing of it.
public enum Fault {
    public static let variable = "COMPLAINER_FAULT"

    /// Ends the process if that was asked for.
    ///
    /// - Parameters:
    ///   - role: of this worker.
    ///   - point: what it is about to do.
    ///   - name: the task's.
    public static func strike(_ role: String, on point: String, name: String) {
        #if DEBUG
        guard let value = getenv(variable).map({ String(cString: $0) }) else { return }
        for fault in value.split(separator: ",") {
            let parts = fault.split(separator: "=", maxSplits: 1)
            guard parts.count < 2 || parts[1] == name else { continue }
            for (kind, number) in [("segv", SIGSEGV), ("abort", SIGABRT)]
            where parts.first.map(String.init) == "\(role):\(kind)-on-\(point)" {
                // The runtime's own handler would print a backtrace first.
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        #endif
    }
}
