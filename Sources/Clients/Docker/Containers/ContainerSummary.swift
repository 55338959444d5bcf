/// One line of `GET /containers/json`.
public struct ContainerSummary: Sendable, Equatable, Decodable {
    public var id: String
    public var names: [String]
    public var image: String
    public var labels: [String: String]
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
    public var status: String
    /// Seconds since 1970.
    public var created: Int64

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.dockerFields()
        id = try fields.decode(String.self, forKey: "Id")
        names = try (fields.optional("Names", as: [String].self) ?? []).map {
            $0.hasPrefix("/") ? String($0.dropFirst()) : $0
        }
        image = try fields.optional("Image") ?? ""
        labels = try fields.optional("Labels") ?? [:]
        status = try fields.optional("State") ?? ""
        created = try fields.optional("Created") ?? 0
    }
}
