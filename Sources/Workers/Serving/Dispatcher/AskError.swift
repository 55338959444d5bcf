/// Why the dispatcher did not answer.
enum AskError: Error, Equatable, CustomStringConvertible {
    /// There is no dispatcher, or it ended with the question: the supervisor starts another.
    case away
    /// No answer in time.
    case late(Duration)
    /// It says why it cannot.
    case refused(String)
    /// The answer is not what the protocol says.
    case unreadable(String)
    /// This worker is about to end.
    case stopping

    var description: String {
        switch self {
        case .away: "the dispatcher is not running at the moment"
        case .late(let limit): "the dispatcher has not answered within \(limit)"
        case .refused(let reason): reason
        case .unreadable(let what): "the dispatcher's answer about \(what) cannot be read"
        case .stopping: "this instance is stopping"
        }
    }
}
