import Glibc

/// What libraries would say by themselves, past our logs.
public enum LibraryLogs {
    /// To be called first of all, while there is but one thread.
    ///
    /// Swift's libdispatch wants priorities for its threads that only root may have. To everybody else it logs each
    /// refusal, by syslog, for each thread that it starts: some lines a second. `LIBDISPATCH_LOG=YES` in the environment
    /// brings them back.
    public static func silence() {
        setenv("LIBDISPATCH_LOG", "NO", 0)
    }
}
