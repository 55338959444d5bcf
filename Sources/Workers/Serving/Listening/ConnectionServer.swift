import HummingbirdCore
import Logging
import NIOCore
import NIOExtras
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOPosix

/// Accepts connections and has Hummingbird answer what comes over them.
struct ConnectionServer: Sendable {
    let handler: RequestHandler
    let limits: ConnectionLimits
    let group: any EventLoopGroup
    let logger: Logger

    /// Takes the socket over; returns when the task is cancelled and all connections have ended.
    func run(_ socket: ListeningSocket) async throws {
        let http = GuardedHTTPChannel(limits: limits) { [handler] request, writer, channel in
            try await handler.respond(to: request, writer, on: channel)
        }
        let quiescing = ServerQuiescingHelper(group: group)
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.backlog, value: ListeningSocket.backlog)
            // Accepting several at once would go over the limit.
            .serverChannelOption(ChannelOptions.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { [limits] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(AvailableConnectionsChannelHandler(maxConnections: limits.connections))
                    try pipeline.addHandler(quiescing.makeServerChannelHandler(channel: channel))
                }
            }
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [logger] channel in
                // Not through NIO's sequence of accepted connections: what is still in there when this worker stops is
                // dropped, and NIO ends a process that drops a connection which nobody has handled.
                http.setup(channel: channel, logger: logger).map { connection in
                    _ = Task { await http.handle(value: connection, logger: logger) }
                }
            }
            .withBoundSocket(socket.descriptor).get()
        let ended = server.eventLoop.makePromise(of: Void.self)
        await withTaskCancellationHandler {
            try? await server.closeFuture.get()
        } onCancel: {
            // Idle connections end now, others with their response, and all of them soon: see ConnectionGuard.
            quiescing.initiateShutdown(promise: ended)
        }
        if !Task.isCancelled {
            quiescing.initiateShutdown(promise: nil)
            ended.succeed()
        }
        try? await ended.futureResult.get()
    }
}

/// Hummingbird's HTTP/1.1 with our own limits.
private struct GuardedHTTPChannel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let limits: ConnectionLimits
    let responder: HTTPChannelHandler.Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var decoder = NIOHTTPDecoderLimitConfiguration()
            decoder.maxHeaderFieldSize = limits.headerFieldBytes
            decoder.maxHeaderListSize = limits.headerBytes
            decoder.maxHeaderFieldCount = limits.headerFields
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline(
                // Requests are handled one after the other anyway, and Hummingbird answers what cannot be parsed.
                withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: true,
                withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoder)
            try pipeline.addHandler(ConnectionGuard(limits))
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: nil, logger: logger))
            return try Value(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
