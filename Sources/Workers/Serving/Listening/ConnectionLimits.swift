import NIOCore

/// How long a client may take, and how much it may send.
struct ConnectionLimits: Sendable {
    /// Connections at a time; further ones wait in the kernel's queue.
    var connections = 256
    /// From the connection, or from the end of the last response, to the end of a request's header.
    var header: TimeAmount = .seconds(30)
    /// From the end of the header to the end of the body.
    var body: TimeAmount = .seconds(10)
    /// Without the client taking anything of a response that was begun.
    var write: TimeAmount = .seconds(30)
    /// From our end of the connection, or from the order to stop, to the client's end.
    var farewell: TimeAmount = .seconds(2)
    /// Bodies are not read, so there is no use for more.
    var bodyBytes = 64 * 1024
    var headerFieldBytes = 8 * 1024
    var headerBytes = 16 * 1024
    var headerFields = 100
}

/// The clocks of one connection, without the connection: what happened goes in, until when it may stay comes out.
struct ConnectionDeadlines {
    private let limits: ConnectionLimits
    /// When the client began to owe us a request's header; nil while a request is under way.
    private var idleSince: NIODeadline?
    /// When the body began that is not complete yet.
    private var bodySince: NIODeadline?
    private var bodyBytes = 0
    /// Requests without a complete response.
    private var requests = 0
    /// Pieces of responses that the kernel has not taken yet.
    private var unwritten = 0
    private var lastWrite: NIODeadline?
    private var farewellSince: NIODeadline?

    init(_ limits: ConnectionLimits, now: NIODeadline) {
        self.limits = limits
        idleSince = now
    }

    /// When the connection is to be closed unless something happens; nil while it waits for us.
    var deadline: NIODeadline? {
        var all: [NIODeadline] = []
        if let idleSince { all.append(idleSince + limits.header) }
        if let bodySince { all.append(bodySince + limits.body) }
        if unwritten > 0, let lastWrite { all.append(lastWrite + limits.write) }
        if let farewellSince { all.append(farewellSince + limits.farewell) }
        return all.min()
    }

    mutating func headerCame(_ now: NIODeadline) {
        requests += 1
        idleSince = nil
        bodySince = now
        bodyBytes = 0
    }

    /// - Returns: whether the body may go on.
    mutating func bodyCame(_ bytes: Int) -> Bool {
        bodyBytes += bytes
        return bodyBytes <= limits.bodyBytes
    }

    mutating func requestEnded() {
        bodySince = nil
    }

    mutating func writeBegan(_ now: NIODeadline) {
        if unwritten == 0 { lastWrite = now }
        unwritten += 1
    }

    mutating func writeEnded(_ now: NIODeadline) {
        unwritten -= 1
        lastWrite = now
    }

    mutating func responseEnded(_ now: NIODeadline) {
        requests -= 1
        if requests <= 0 { idleSince = now }
    }

    mutating func farewellBegan(_ now: NIODeadline) {
        farewellSince = farewellSince ?? now
    }
}
