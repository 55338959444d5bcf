import FoundationEssentials

/// What Vault's API answers, see https://developer.hashicorp.com/vault/api-docs.
struct VaultAnswer: Decodable, Sendable {
    struct Authentication: Decodable, Sendable {
        var token: String
        /// Seconds; 0: without end.
        var duration: Int?
        var renewable: Bool?

        enum CodingKeys: String, CodingKey {
            case token = "client_token"
            case duration = "lease_duration"
            case renewable
        }
    }

    enum CodingKeys: String, CodingKey {
        case leaseID = "lease_id"
        case duration = "lease_duration"
        case renewable, data, auth, errors, warnings
    }

    var leaseID: String?
    /// Seconds.
    var duration: Int?
    var renewable: Bool?
    var data: [String: VaultField]?
    var auth: Authentication?
    var errors: [String]?
    var warnings: [String]?

    /// What a refusal says, on one line.
    var words: String {
        ((errors ?? []) + (warnings ?? [])).map { text in
            text.split { $0.isWhitespace || $0.isNewline }.joined(separator: " ")
        }.joined(separator: "; ")
    }
}

/// A field of a secret.
indirect enum VaultField: Decodable, Sendable, Equatable {
    case text(String)
    case fields([String: VaultField])
    /// A list, or nothing.
    case other

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let flag = try? value.decode(Bool.self) {
            self = .text(flag ? "true" : "false")
        } else if let number = try? value.decode(Int64.self) {
            self = .text(String(number))
        } else if let number = try? value.decode(Double.self) {
            self = .text(String(number))
        } else if let fields = try? value.decode([String: VaultField].self) {
            self = .fields(fields)
        } else {
            self = .other
        }
    }

    /// Of a string, a number, or true and false.
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var fields: [String: VaultField]? { if case .fields(let fields) = self { fields } else { nil } }
    /// Whole seconds and the like.
    var number: Int? { text.flatMap { Int($0) } }
}
