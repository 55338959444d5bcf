/// How a container ended, as `wait` tells it.
public struct ContainerExit: Sendable, Equatable {
    public var code: Int
    /// What Docker has to say about it; most often nothing.
    public var error: String?

    public init(code: Int, error: String? = nil) {
        self.code = code
        self.error = error
    }
}

extension ContainerExit: Decodable {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.dockerFields()
        code = try fields.decode(Int.self, forKey: "StatusCode")
        error = try fields.object("Error")?.optional("Message").flatMap { $0.isEmpty ? nil : $0 }
    }
}
