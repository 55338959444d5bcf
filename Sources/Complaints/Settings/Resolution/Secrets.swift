/// Finds in a setting's value what must not be logged.
enum Secrets {
    static let shortest = 4

    static func of(_ setting: ResolvedSetting) -> [String] {
        var found = setting.definition.isSecret ? setting.values : []
        for value in setting.values { found += parts(of: value, setting.definition) }
        return found.filter { $0.utf8.count >= shortest }
    }

    private static func parts(of value: String, _ definition: SettingDefinition) -> [String] {
        let schemes = ["http", "https"]
        switch definition.kind {
        case .url, .masters: break
        default: return []
        }
        guard let address = try? NetworkAddress(value, schemes: schemes, defaultScheme: "http") else { return [] }
        var parts = [address.password]
        if definition.isSecret {
            // Services repeat the key or the path in what they answer.
            let path = address.path.prefix { !"?#".contains($0) }
            parts += [address.user, path.count >= 16 ? String(path) : nil]
        }
        return parts.compactMap(\.self).flatMap { [$0, decoded($0)] }
    }

    /// Percent-decoded, as it would be sent.
    private static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
