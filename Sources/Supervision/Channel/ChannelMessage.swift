import FoundationEssentials

/// A message of one direction of a channel: an enum, encoded as a JSON object with a `"type"`.
public protocol ChannelMessage: Codable, Sendable {
    /// Whether a file descriptor travels with this message.
    var carriesDescriptor: Bool { get }
}

extension ChannelMessage {
    public var carriesDescriptor: Bool { false }
}

/// JSON as it stands in the frames of a channel.
enum MessageCoding {
    static func encode(_ message: some ChannelMessage) throws(ChannelError) -> Data {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            return try encoder.encode(message)
        } catch {
            throw .violation("a message of ours cannot be encoded: \(error)")
        }
    }

    static func decode<Message: ChannelMessage>(_ payload: [UInt8]) throws(ChannelError) -> Message {
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

    /// The first bytes of a payload for a log line: only the type is sure to hold no secret, so no more than that.
    private static func preview(_ payload: [UInt8]) -> String {
        struct Kind: Decodable { var type: String }
        let kind = (try? JSONDecoder().decode(Kind.self, from: Data(payload)))?.type
        return kind.map { "type \"\($0.prefix(40))\", \(payload.count) bytes" }
            ?? "\(payload.count) bytes without a type"
    }
}
