import FoundationEssentials

/// A message of one direction of a channel: an enum, encoded as a JSON object with a `"type"`.
public protocol ChannelMessage: Codable, Sendable {
    /// Whether a file descriptor travels with this message.
    var carriesDescriptor: Bool { get }
    /// The message that comes every few seconds for as long as the program runs, and has nothing but its `"type"`, with its
    /// JSON: it is compared and not parsed, so that a process that only waits does not keep a JSON parser in memory.
    static var heartbeat: (message: Self, json: StaticString)? { get }
    var isHeartbeat: Bool { get }
}

extension ChannelMessage {
    public var carriesDescriptor: Bool { false }
    public static var heartbeat: (message: Self, json: StaticString)? { nil }
    public var isHeartbeat: Bool { false }
}

/// JSON as it stands in the frames of a channel.
enum MessageCoding {
    static func encode(_ message: some ChannelMessage) throws(ChannelError) -> Data {
        if message.isHeartbeat, let bytes = heartbeat(of: message) { return bytes }
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            return try encoder.encode(message)
        } catch {
            throw .violation("a message of ours cannot be encoded: \(error)")
        }
    }

    static func decode<Message: ChannelMessage>(_ payload: [UInt8]) throws(ChannelError) -> Message {
        if let (message, json) = Message.heartbeat, matches(payload, json) { return message }
        // JSONDecoder guesses UTF-16 and UTF-32 from the first bytes; the protocol allows UTF-8 only.
        guard String(validating: payload, as: UTF8.self) != nil else {
            throw .violation("a frame of \(payload.count) bytes that is not UTF-8")
        }
        do {
            return try JSONDecoder().decode(Message.self, from: Data(payload))
        } catch {
            throw .violation("not a message of this channel: \(preview(payload))")
        }
    }

    private static func heartbeat<Message: ChannelMessage>(of message: Message) -> Data? {
        Message.heartbeat.map { $0.json.withUTF8Buffer { Data($0) } }
    }

    private static func matches(_ payload: [UInt8], _ json: StaticString) -> Bool {
        json.withUTF8Buffer { $0.elementsEqual(payload) }
    }

    /// The first bytes of a payload for a log line: only the type is sure to hold no secret, so no more than that.
    private static func preview(_ payload: [UInt8]) -> String {
        struct Kind: Decodable { var type: String }
        let kind = (try? JSONDecoder().decode(Kind.self, from: Data(payload)))?.type
        return kind.map { "type \"\($0.prefix(40))\", \(payload.count) bytes" }
            ?? "\(payload.count) bytes without a type"
    }
}
