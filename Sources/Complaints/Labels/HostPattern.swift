/// A host that labels may name: `example.com`, `example.com:8443`, `*.example.com` (all below it, at any depth), or an
/// address (`10.0.0.1`, `[2001:db8::1]:8443`).
///
/// Without a port it stands for the default ports of a URL's scheme. Names are compared in lower case, without a dot at
/// the end; one that is not ASCII matches nothing: it is to be written in its `xn--` form, in the label too.
public struct HostPattern: Hashable, Sendable {
    private let host: String
    private let port: Int?
    /// ``host`` is what the host must end with, after a dot.
    private let isSuffix: Bool

    /// nil when it is none.
    public init?(_ text: String) {
        let isSuffix = text.hasPrefix("*.")
        guard let parts = try? NetworkAddress.hostAndPort(text.dropFirst(isSuffix ? 2 : 0)),
            let host = Self.normal(parts.host), parts.port != 0
        else { return nil }
        // What ends with a number is an address, of which nothing is below.
        guard !isSuffix || !Self.isAddress(host) else { return nil }
        self.host = host
        self.isSuffix = isSuffix
        port = parts.port
    }

    /// The patterns of a setting, separated by commas; those that are none are left out.
    public static func list(_ values: [String]) -> [HostPattern] {
        words(values).compactMap { HostPattern($0) }
    }

    /// Whether a URL leads to the host, however it is written. What two readers of URLs may take for different hosts
    /// leads nowhere.
    public func matches(url: String) -> Bool {
        let authority = url.firstRange(of: "://").map { url[$0.upperBound...].prefix { !"/?#".contains($0) } } ?? ""
        guard !url.contains("\\"), authority.count(where: { $0 == "@" }) <= 1,
            let address = try? NetworkAddress(url, schemes: ["http", "https", "smtp", "smtps"])
        else { return false }
        let defaults = ["http": [80], "https": [443], "smtp": [25, 587], "smtps": [465]][address.scheme] ?? []
        let ports = address.port.map { [$0] } ?? Array(defaults.prefix(1))
        return matches(host: address.host) && ports.contains { port == nil ? defaults.contains($0) : port == $0 }
    }

    /// Whether it stands for a host, whatever the port.
    public func matches(host text: String) -> Bool {
        guard let name = Self.normal(text) else { return false }
        return isSuffix ? name.hasSuffix("." + host) : name == host
    }

    private static func normal(_ host: String) -> String? {
        var name = host.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        guard !name.isEmpty, !name.hasPrefix("."), !name.hasSuffix("."),
            name.utf8.allSatisfy({
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                    || "-_.:".utf8.contains($0)
            }), name.firstRange(of: "..") == nil
        else { return nil }
        return name
    }

    private static func isAddress(_ host: String) -> Bool {
        host.contains(":") || host.split(separator: ".").last?.first?.isNumber == true
    }

    private static func words(_ values: [String]) -> [String] {
        values.flatMap { $0.split { $0 == "," || $0.isWhitespace } }.map { String($0) }
    }

    /// What is wrong with a setting that lists patterns.
    public static func findings(_ name: String, _ values: SettingValues, mayHavePort: Bool = true) -> [Finding] {
        let words = words(values.all(name))
        var findings = words.filter { HostPattern($0).map { $0.port != nil && !mayHavePort } ?? true }.map { word in
            Finding(
                .error, name, "\"\(word.shortened(to: 60))\" is not a host",
                remedy: mayHavePort
                    ? "write example.com, example.com:8443 or *.example.com" : "write example.com or *.example.com")
        }
        if !words.isEmpty, let mode = values["labels.destinations"], mode != LabelDestinations.none.rawValue {
            findings.append(
                Finding(
                    .warning, name, "it means nothing with -labels.destinations=\(mode)",
                    remedy: "set -labels.destinations=none, or leave it out"))
        }
        return findings
    }
}
