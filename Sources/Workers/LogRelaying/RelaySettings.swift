import GoNotation

/// What the relay is to do, for one container.
public struct RelaySettings: Sendable, Equatable {
    /// How a line stands in its datagram.
    public enum Format: Sendable, Equatable {
        case json
        case rfc5424
    }

    /// Where datagrams go; nil: nowhere.
    public var syslog: HostAndPort?
    public var format: Format
    /// Bytes of a datagram; longer lines are split.
    public var maximumDatagram: Int
    /// Whether the lines go to standard output too.
    public var toStdout: Bool
    /// How long after the container's start the relay ends; nil: with the container.
    public var startupTime: Duration?
    /// Names of the Docker labels that every line carries.
    public var labels: [String]
    public var hostname: String
    /// The Docker label by which the container is found, `key=value`.
    public var container: String
    /// The file that keeps how far the relay has come.
    public var progressFile: String
    /// The file that is made when everything the container wrote was relayed.
    public var completionFile: String

    public init(
        syslog: HostAndPort?, format: Format = .json, maximumDatagram: Int = 8192, toStdout: Bool = false,
        startupTime: Duration? = nil, labels: [String] = [], hostname: String, container: String,
        progressFile: String, completionFile: String
    ) {
        self.syslog = syslog
        self.format = format
        self.maximumDatagram = maximumDatagram
        self.toStdout = toStdout
        self.startupTime = startupTime
        self.labels = labels
        self.hostname = hostname
        self.container = container
        self.progressFile = progressFile
        self.completionFile = completionFile
    }
}
