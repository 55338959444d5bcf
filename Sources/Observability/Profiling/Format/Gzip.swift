import CZlib

/// RFC 1952 in one piece, for what is in memory anyway.
enum Gzip {
    /// nil when there is no memory for it.
    static func compress(_ input: [UInt8]) -> [UInt8]? {
        guard let gzip = czlib_gzip_begin() else { return nil }
        defer { czlib_gzip_free(gzip) }
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        var start = 0
        var hasEnded = false
        while !hasEnded {
            var taken = 0
            var given = 0
            let isGood = input[start...].withUnsafeBufferPointer { rest in
                czlib_gzip_write(
                    gzip, rest.baseAddress, rest.count, &piece, piece.count, true, &taken, &given, &hasEnded)
            }
            guard isGood, taken + given > 0 || hasEnded else { return nil }
            start += taken
            output += piece[..<given]
        }
        return output
    }
}
