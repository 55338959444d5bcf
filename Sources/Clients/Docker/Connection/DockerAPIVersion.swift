/// A version of the Docker Engine API: `1.41`.
public struct DockerAPIVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let major: Int
    public let minor: Int

    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// nil unless it is two numbers with a dot between them; a `v` before them is passed over.
    public init?(_ text: some StringProtocol) {
        let parts = (text.first == "v" ? text.dropFirst() : text[...]).split(
            separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = UInt16(parts[0]), let minor = UInt16(parts[1]) else { return nil }
        self.init(Int(major), Int(minor))
    }

    /// The newest whose meaning of our requests is known.
    public static let newest = DockerAPIVersion(1, 47)
    /// That of Docker 1.12, before which much is missing.
    public static let oldest = DockerAPIVersion(1, 24)

    /// What to speak with a server whose newest version is `server`; nil when it is too old for us. A server that says
    /// nothing is as old as the header.
    static func negotiated(server: DockerAPIVersion?) -> DockerAPIVersion? {
        let server = server ?? oldest
        return server < oldest ? nil : min(server, newest)
    }

    public static func < (left: DockerAPIVersion, right: DockerAPIVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    public var description: String { "\(major).\(minor)" }
}
