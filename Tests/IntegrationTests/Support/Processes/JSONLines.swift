import Foundation

/// Files of one JSON object a line, which another process may still be writing.
enum JSONLines {
    /// The complete lines that are a `Value`; none if the file is not there yet.
    static func read<Value: Decodable>(_ type: Value.Type, from file: URL) -> [Value] {
        guard let data = try? Data(contentsOf: file) else { return [] }
        let decoder = JSONDecoder.mesos
        return data.split(separator: UInt8(ascii: "\n")).compactMap { try? decoder.decode(type, from: $0) }
    }
}

extension JSONDecoder {
    /// For documents whose keys read `like_this`, as those of Mesos and of the kit do.
    static var mesos: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }
}
