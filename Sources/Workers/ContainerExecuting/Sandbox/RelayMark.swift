import Glibc

/// A file of the sandbox by which the worker that relays the container's output tells that it has relayed all of it.
public enum RelayMark {
    public static func path(in sandbox: String) -> String { "\(sandbox)/.sidecar-executor.relayed" }

    /// Waits until it is there, at most so long.
    static func isThere(in sandbox: String, within limit: Duration) async -> Bool {
        let end = ContinuousClock.now + limit
        while access(path(in: sandbox), F_OK) != 0 {
            guard .now < end, (try? await Task.sleep(for: .milliseconds(10))) != nil else { return false }
        }
        return true
    }
}
