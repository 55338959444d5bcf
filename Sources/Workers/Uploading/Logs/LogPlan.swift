/// What of a log is saved, and in which order: all of it, or its beginning and its end.
enum LogPlan {
    enum Piece: Equatable, Sendable {
        /// From `from` to `to`, in bytes of that file; nil is the end, wherever that is by then.
        case file(Int, from: Int64, to: Int64?)
        /// A line of ours.
        case note(String)
    }

    /// Of a log that is too long, so much is its beginning.
    static let head: Int64 = 1 << 20

    /// - Parameters:
    ///   - sizes: of the log's files, the oldest first; the last one is the log itself, and may still grow.
    ///   - limit: bytes of them that may be saved, more than ``head``.
    static func pieces(_ sizes: [Int64], limit: Int64) -> [Piece] {
        let total = sizes.reduce(0, +)
        let cut = total > limit ? head..<(total - (limit - head)) : 0..<0
        var pieces: [Piece] = []
        var start: Int64 = 0
        for (file, size) in sizes.enumerated() {
            let end = start + size
            let isLast = file == sizes.count - 1
            if cut.isEmpty || end <= cut.lowerBound || start >= cut.upperBound {
                if size > 0 || isLast { pieces.append(.file(file, from: 0, to: nil)) }
            } else {
                if start < cut.lowerBound { pieces.append(.file(file, from: 0, to: cut.lowerBound - start)) }
                if start <= cut.lowerBound { pieces.append(.note(note(cut))) }
                if end > cut.upperBound { pieces.append(.file(file, from: cut.upperBound - start, to: nil)) }
            }
            start = end
        }
        return pieces
    }

    private static func note(_ cut: Range<Int64>) -> String {
        "\n[complainer: \(cut.count) bytes were left out here: the log is longer than -logs.max-bytes]\n"
    }
}
