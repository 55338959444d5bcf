import Glibc
import GoNotation
import Logging
import Observability

/// Sends datagrams to the syslog server, wherever that is just now. What cannot be sent is lost, counted, and said once
/// in a while: nothing waits for a server that is away.
actor SyslogSender {
    private let address: HostAndPort
    private let withNewline: Bool
    private let logger: Logger
    private let limited: RateLimitedLogger
    private var socket: SyslogSocket?
    private var present: SocketAddress?
    private var lookup: Task<Void, Never>?
    private var nextLookup: ContinuousClock.Instant?
    private(set) var lost = 0
    private var toldLost = 0

    /// Names move; nothing tells a sender of datagrams.
    private static let lookupInterval: Duration = .seconds(300)
    private static let lookupAfterError: Duration = .seconds(10)
    private static let tellInterval: Duration = .seconds(60)
    /// How long the kernel may have no room, in all for one batch.
    private static let patience: Duration = .seconds(2)

    init(_ address: HostAndPort, withNewline: Bool, logger: Logger) {
        self.address = address
        self.withNewline = withNewline
        self.logger = logger
        limited = RateLimitedLogger(logger, interval: Self.tellInterval)
    }

    /// Finds the server for the first time: waits for it, at most so long.
    func open(within limit: Duration) async {
        if let numeric = AddressLookup.numeric(address) {
            connect(to: numeric)
            return
        }
        refresh()
        let end = ContinuousClock.now + limit
        while socket == nil, lookup != nil, .now < end, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Sends all of it, or loses what cannot be sent.
    func send(_ batch: DatagramBatch) async {
        if let nextLookup, .now >= nextLookup { refresh() }
        guard var socket else {
            lose(batch.ends.count, because: "its address is not known")
            return
        }
        var next = 0
        var end: ContinuousClock.Instant?
        while next < batch.ends.count {
            switch socket.send(batch, from: next, withNewline: withNewline) {
            case .sent(let count):
                next += count
                end = nil
            case .full:
                let limit = end ?? .now + Self.patience
                end = limit
                guard .now < limit, (try? await Task.sleep(for: .milliseconds(1))) != nil else {
                    lose(batch.ends.count - next, because: "the network takes no more")
                    return
                }
                // Another one may have come meanwhile.
                socket = self.socket ?? socket
            case .lost(let code):
                lose(1, because: String(cString: strerror(code)))
                lookSoon()
                // Told of an earlier datagram: this one has not been sent yet.
                if code != ECONNREFUSED { next += 1 }
            }
        }
    }

    /// The last word: what was not told of what was lost.
    func close() {
        lookup?.cancel()
        if lost > toldLost {
            logger.warning("lines did not reach syslog", metadata: ["server": "\(address)", "lost": "\(lost)"])
        }
        toldLost = lost
    }

    private func lose(_ count: Int, because reason: String) {
        lost += count
        let total = lost
        limited.log(
            level: .warning, key: "lost", "lines do not reach syslog: \(reason)",
            metadata: ["server": "\(address)", "lost": "\(total)"])
    }

    // MARK: Where the server is

    private func lookSoon() {
        guard let nextLookup else { return }
        self.nextLookup = min(nextLookup, .now + Self.lookupAfterError)
    }

    private func refresh() {
        guard lookup == nil else { return }
        nextLookup = .now + Self.lookupInterval
        lookup = Task { [address] in
            let found = await AddressLookup.resolve(address)
            self.found(found)
        }
    }

    private func found(_ result: Result<SocketAddress, LookupError>) {
        lookup = nil
        switch result {
        case .success(let address): connect(to: address)
        case .failure(let error):
            limited.log(level: .warning, key: "lookup", "\(error)")
            lookSoon()
        }
    }

    private func connect(to address: SocketAddress) {
        guard address != present || socket == nil else { return }
        do {
            socket = try SyslogSocket(address)
            present = address
        } catch {
            limited.log(level: .warning, key: "socket", "\(error)", metadata: ["server": "\(self.address)"])
            nextLookup = .now + Self.lookupAfterError
        }
    }
}
