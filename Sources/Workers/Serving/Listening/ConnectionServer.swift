import HummingbirdCore
import Logging
import NIOCore
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
        let http = GuardedHTTPChannel(limits: limits) { [handler] request, writer, _ in
            try await handler.respond(to: request, writer)
        }
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.backlog, value: ListeningSocket.backlog)
            .serverChannelInitializer { [limits] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AvailableConnectionsChannelHandler(maxConnections: limits.connections))
                }
            }
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .bind(socket.descriptor) { [logger] channel in http.setup(channel: channel, logger: logger) }
        try await withThrowingDiscardingTaskGroup { connections in
            try await server.executeThenClose { accepted in
                for try await connection in accepted {
                    connections.addTask { [logger] in await http.handle(value: connection, logger: logger) }
                }
            }
        }
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
