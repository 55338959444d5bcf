/// The metadata keys that complainer's own messages use, so that one query finds them all.
///
/// `logger.warning("not delivered", metadata: [LogMetadata.taskID: "\(id)"])` is `task_id=…` in a text line,
/// `"task_id"` in a JSON line and `COMPLAINER_TASK_ID=` in the journal.
public enum LogMetadata {
    /// The Mesos task id.
    public static let taskID = "task_id"
    /// The framework's name, or its id when the name is not known.
    public static let framework = "framework"
    /// The key of the case in the ledger.
    public static let `case` = "case"
    /// The kind of reporter: `slack`, `sentry`, …
    public static let reporter = "reporter"
    /// The reporter instance, as in the labels.
    public static let instance = "instance"
    /// The worker that a message is *about*. The worker that *wrote* it is added to every message by the handlers.
    public static let worker = "about_worker"
    /// A 128-bit id (32 hexadecimal digits, dashes allowed) of this kind of message: becomes `MESSAGE_ID` in the
    /// journal, where a catalog entry may explain it.
    public static let messageID = "message_id"
}
