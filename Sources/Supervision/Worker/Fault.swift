import Glibc

/// Trouble that tests ask for in debug builds, by the variable `COMPLAINER_FAULT`: `ROLE:KIND-on-POINT`, several with
/// commas between them, e.g. `reporter/slack:segv-on-delivery`. With `=NAME` at the end it is only for the task of that
/// name. Kinds: `segv`, `abort`, `kill`. Points: `collection`, `delivery`, and those of the executor's loop.
///
/// With `COMPLAINER_FAULT_MARKS`, a folder, each fault strikes once only, and leaves a file there that is called like
/// the fault: the worker that is started next is spared.
///
/// Release builds have nothing of it.
public enum Fault {
    public static let variable = "COMPLAINER_FAULT"
    public static let marks = "COMPLAINER_FAULT_MARKS"

    private static let kinds = [("segv", SIGSEGV), ("abort", SIGABRT), ("kill", SIGKILL)]

    /// Ends the process if that was asked for.
    ///
    /// - Parameters:
    ///   - role: of this worker.
    ///   - point: what it is about to do.
    ///   - name: the task's.
    public static func strike(_ role: String, on point: @autoclosure () -> String, name: @autoclosure () -> String) {
        #if DEBUG
        guard let value = value(of: variable) else { return }
        let point = point()
        for fault in value.split(separator: ",") {
            let parts = fault.split(separator: "=", maxSplits: 1)
            guard parts.count < 2 || parts[1] == name() else { continue }
            for (kind, number) in kinds
            where parts.first.map(String.init) == "\(role):\(kind)-on-\(point)" && isFirst("\(kind)-on-\(point)") {
                // The runtime's own handler would print a backtrace first.
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        #endif
    }

    #if DEBUG
    private static func value(of variable: String) -> String? { getenv(variable).map { String(cString: $0) } }

    private static func isFirst(_ fault: String) -> Bool {
        guard let folder = value(of: marks) else { return true }
        let mark = open("\(folder)/\(fault)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard mark >= 0 else { return false }
        close(mark)
        return true
    }
    #endif
}
