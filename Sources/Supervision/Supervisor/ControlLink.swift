import CProcess
import Glibc

/// The supervisor's end of a worker's control channel. It never waits: what does not fit is kept until poll says so.
final class ControlLink {
    let descriptor: Descriptor
    /// Nothing can be sent any more: the worker's end is gone. What the worker sent before may still be received.
    private(set) var isClosed = false
    /// All that the worker sent has been received.
    private var hasEnded = false
    private var decoder = FrameDecoder()
    /// Frames that wait for room, each with the descriptor that travels with its first byte.
    private var unsent: [(bytes: ArraySlice<UInt8>, passing: Descriptor?)] = []
    private var unsentBytes = 0

    /// A worker that leaves so many bytes unread is hung. Its configuration may take a whole frame.
    private static let maximumUnsent = (4 << 20) + Frame.maximumLength

    init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
    }

    var pollEvents: Int16 { Int16(unsent.isEmpty ? POLLIN : POLLIN | POLLOUT) }

    /// Whether the worker has left something unread.
    var hasUnsent: Bool { !unsent.isEmpty }

    /// Sends a message, now or when there is room.
    ///
    /// - Throws: ``ChannelError/broken(_:)`` when the worker has stopped reading or is gone.
    func send(_ message: SupervisorMessage, passing: Descriptor? = nil) throws(ChannelError) {
        guard !isClosed else { throw .closed }
        var frame: [UInt8] = []
        try Frame.append(try MessageCoding.encode(message), to: &frame)
        guard unsentBytes + frame.count <= Self.maximumUnsent else {
            throw .broken("\(unsentBytes) bytes are unread")
        }
        unsent.append((frame[...], passing))
        unsentBytes += frame.count
        try flush()
    }

    func flush() throws(ChannelError) {
        while let (bytes, passing) = unsent.first {
            let count = bytes.withUnsafeBytes { buffer in
                cprocess_send(descriptor.number, buffer.baseAddress, buffer.count, passing?.number ?? -1)
            }
            if count == -Int(EAGAIN) { return }
            guard count >= 0 else {
                isClosed = true
                throw .broken(SystemError("sendmsg", Int32(-count)).description)
            }
            unsentBytes -= count
            if count == bytes.count {
                unsent.removeFirst()
            } else {
                unsent[0] = (bytes.dropFirst(count), nil)
            }
        }
    }

    /// Hands on everything that has arrived, one message after the other; `isClosed` afterwards when the worker's end is
    /// gone.
    func receive(_ body: (WorkerMessage) -> Void) throws(ChannelError) {
        var scratch = [UInt8](repeating: 0, count: 16 * 1024)
        var passed: Int32 = 0
        while !hasEnded {
            let count = scratch.withUnsafeMutableBytes { buffer in
                cprocess_receive(descriptor.number, buffer.baseAddress, buffer.count, nil, 0, &passed)
            }
            if count == -Int(EAGAIN) { break }
            if count == -Int(EMSGSIZE) { throw .violation("a worker passed a descriptor") }
            guard count > 0 else {
                (isClosed, hasEnded) = (true, true)
                break
            }
            decoder.append(scratch.prefix(count))
            while let payload = try decoder.next() {
                body(try MessageCoding.decode(payload))
            }
        }
    }
}
