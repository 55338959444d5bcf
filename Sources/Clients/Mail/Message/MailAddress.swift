/// A mailbox: `ops@example.com` or `Ops Team <ops@example.com>`.
public struct MailAddress: Sendable, Hashable {
    /// What is shown; nil when there is only the address.
    public var name: String?
    /// `local@domain`, as SMTP takes it.
    public var address: String

    /// Why a text is no mailbox.
    public struct Invalid: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    public init(_ text: String) throws(Invalid) {
        let text = Self.trimmed(text[...])
        if text.hasSuffix(">"), let open = text.lastIndex(of: "<") {
            address = Self.trimmed(text[text.index(after: open)...].dropLast())
            var shown = Self.trimmed(text[..<open])
            if shown.count >= 2, shown.hasPrefix("\""), shown.hasSuffix("\"") {
                shown = String(shown.dropFirst().dropLast()).replacing("\\\"", with: "\"")
            }
            name = shown.isEmpty ? nil : shown
        } else {
            name = nil
            address = text
        }
        // Nothing that could end the command it goes into, or begin another recipient.
        let forbidden = "<>()[],;:\\\""
        guard address.utf8.allSatisfy({ $0 > 32 && $0 < 127 }),
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }),
            !address.contains(where: { forbidden.contains($0) }),
            let at = address.lastIndex(of: "@"), at != address.startIndex, address.count <= 254
        else { throw Invalid(description: Self.reason(text)) }
        let domain = address[address.index(after: at)...]
        guard !domain.isEmpty, domain.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" }) else {
            throw Invalid(description: Self.reason(text))
        }
    }

    /// Several, separated by commas outside of quotes; empty parts do not count.
    public static func list(_ text: String) throws(Invalid) -> [MailAddress] {
        var parts = [""]
        var isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        var addresses: [MailAddress] = []
        for part in parts where !trimmed(part[...]).isEmpty {
            let address = try MailAddress(part)
            if !addresses.contains(where: { $0.address == address.address }) { addresses.append(address) }
        }
        guard !addresses.isEmpty else { throw Invalid(description: "there is no address") }
        return addresses
    }

    public var domain: Substring { address[address.index(after: address.lastIndex(of: "@") ?? address.startIndex)...] }

    private static func reason(_ text: String) -> String {
        let shown = String(String.UnicodeScalarView(text.unicodeScalars.prefix(60).map { $0.value < 32 ? " " : $0 }))
        return "\"\(shown)\" is not an address like ops@example.com"
    }

    private static func trimmed(_ text: Substring) -> String {
        var rest = text
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
