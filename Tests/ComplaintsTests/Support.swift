import FoundationEssentials

/// Files below Tests/Support.
enum Support {
    static let folder = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/Support/"

    static func text(of file: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: folder + file)), as: UTF8.self)
    }

    /// One value for each line of JSON.
    static func lines<Value: Decodable>(of file: String, as type: Value.Type) throws -> [Value] {
        try Data(contentsOf: URL(filePath: folder + file)).split(separator: UInt8(ascii: "\n"))
            .map { try JSONDecoder().decode(Value.self, from: Data($0)) }
    }
}
