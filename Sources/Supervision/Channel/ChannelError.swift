/// What can go wrong on a channel between two of our processes.
public enum ChannelError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The peer is gone: end of file in the middle of a frame, or a failed system call.
    case broken(String)
    /// The peer sent something that is not allowed; it is to be killed.
    case violation(String)
    /// A message of ours does not fit into one frame (bytes).
    case tooLarge(Int)
    /// The channel was closed on this side.
    case closed
    /// The waiting task was cancelled.
    case cancelled

    public var description: String {
        switch self {
        case .broken(let what): "the peer is gone: \(what)"
        case .violation(let what): "the peer broke the protocol: \(what)"
        case .tooLarge(let count): "a message of \(count) bytes does not fit into a frame (1 to \(Frame.maximumLength))"
        case .closed: "the channel is closed"
        case .cancelled: "cancelled"
        }
    }
}
