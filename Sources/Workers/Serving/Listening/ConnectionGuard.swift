import NIOCore
import NIOHTTP1

/// Closes the connection of a client that is too slow or sends too much, and of one that wants it closed.
///
/// Stands where requests have their HTTP version: one of HTTP/1.0 ends with its response, as its client may wait for that.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let limits: ConnectionLimits
    private var deadlines: ConnectionDeadlines
    private var alarm: Scheduled<Void>?
    private var alarmTime: NIODeadline?
    /// Requests that were read and not answered yet.
    private var unanswered = 0
    /// How many of these are to be answered before the connection is closed; nil while the client wants more.
    private var answersLeft: Int?
    private var isClientGone = false
    private var farewellWish: (@Sendable () -> Void)?

    init(_ limits: ConnectionLimits) {
        self.limits = limits
        deadlines = ConnectionDeadlines(limits, now: .now())
    }

    /// Calls that when nobody will take the answer to the request under way, once, on the channel's loop. Like Go's server
    /// this takes a client that has closed its half for one that is gone: the two look the same.
    func whenClientGoes(_ body: @escaping @Sendable () -> Void) {
        if isClientGone { body() } else { farewellWish = body }
    }

    private func clientGoes() {
        isClientGone = true
        farewellWish?()
        farewellWish = nil
    }

    func handlerAdded(context: ChannelHandlerContext) {
        watch(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm?.cancel()
        alarm = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.cancel()
        alarm = nil
        clientGoes()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            deadlines.headerCame(.now())
            unanswered += 1
            if answersLeft == nil, head.version != .http1_1 || !head.isKeepAlive { answersLeft = unanswered }
        case .body(let bytes):
            guard deadlines.bodyCame(bytes.readableBytes) else {
                context.close(promise: nil)
                return
            }
        case .end:
            deadlines.requestEnded()
        }
        watch(context)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
        var data = data
        var isEnd = false
        switch unwrapOutboundIn(data) {
        case .head(var head) where answersLeft == 1:
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            data = wrapOutboundOut(.head(head))
        case .end:
            isEnd = true
            unanswered -= 1
            answersLeft = answersLeft.map { $0 - 1 }
        default:
            break
        }
        deadlines.writeBegan(.now())
        watch(context)
        let isLast = isEnd && answersLeft == 0
        // Futures of a channel complete on its loop, which is where this handler lives.
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in
            deadlines.writeEnded(.now())
            if isEnd { deadlines.responseEnded(.now()) }
            guard context.channel.isActive else { return }
            if isLast {
                deadlines.farewellBegan(.now())
                // Only our half: what the client still sends would otherwise turn into a reset that eats the response.
                context.close(mode: .output, promise: nil)
            }
            watch(context)
        }
        context.write(data, promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output {
            deadlines.farewellBegan(.now())
            watch(context)
        }
        context.close(mode: mode, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            // This worker stops; Hummingbird ends what is idle now, and this the rest.
            deadlines.farewellBegan(.now())
            watch(context)
            clientGoes()
        } else if let event = event as? ChannelEvent, event == .inputClosed {
            clientGoes()
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Sees to it that somebody looks at the clock when the time is over; an alarm that comes too early is set again.
    private func watch(_ context: ChannelHandlerContext) {
        guard let deadline = deadlines.deadline else { return }
        if alarm != nil, let alarmTime, alarmTime <= deadline { return }
        alarm?.cancel()
        alarmTime = deadline
        alarm = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            alarm = nil
            guard let deadline = deadlines.deadline else { return }
            if deadline <= .now() {
                context.close(promise: nil)
            } else {
                watch(context)
            }
        }
    }
}
