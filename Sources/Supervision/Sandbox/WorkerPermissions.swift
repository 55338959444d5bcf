/// What a worker may do once it has been configured. Everything that is not said here is refused: by seccomp, which knows
/// system calls and kinds of sockets, and by Landlock, which knows paths.
///
/// What every worker may do: run, wait and tell the time, start threads, use memory and the descriptors that it has, and
/// read what libraries read (``SystemPaths``).
public struct WorkerPermissions: Sendable, Equatable {
    /// Kinds of sockets that it may make.
    public enum Sockets: Sendable, Hashable {
        /// TCP and UDP, over IPv4 and IPv6.
        case internet
        case unix
        /// Those that have no connection, as the journal's.
        case unixDatagrams
    }

    /// Whom it may connect to.
    public enum Connections: Sendable {
        case none
        /// Processes of this machine. Seccomp cannot tell addresses: that it connects nowhere by TCP is Landlock's part,
        /// since its version 4 (Linux 6.7).
        case local
        /// Anybody; looking up a host's name needs this.
        case any
    }

    public var sockets: Set<Sockets>
    public var connections: Connections
    /// May listen, and accept connections.
    public var mayListen: Bool
    /// May start programs. These have what this worker has, and nobody knows what they need: so it may do everything but
    /// what nobody needs (``SystemCalls/dangerous``), with all paths.
    public var mayExecute: Bool
    /// Files that it may read, and folders with everything in them.
    public var reads: [String]
    /// Folders in which it may read, write, make and remove files, and single files that it may write. Without any it may
    /// open nothing for writing.
    public var writes: [String]
    /// Folders in which it may make unix sockets, and remove what is there.
    public var listensIn: [String]

    /// By default nothing but what every worker may do.
    public init(
        sockets: Set<Sockets> = [], connections: Connections = .none, mayListen: Bool = false, mayExecute: Bool = false,
        reads: [String] = [], writes: [String] = [], listensIn: [String] = []
    ) {
        self.sockets = sockets
        self.connections = connections
        self.mayListen = mayListen
        self.mayExecute = mayExecute
        self.reads = reads
        self.writes = writes
        self.listensIn = listensIn
    }
}
