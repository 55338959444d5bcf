import Foundation
import Synchronization

/// A scripted event stream. Every subscriber gets all pieces from the first on, then each new one at once.
final class FakeFeed: Sendable {
    private let state: Mutex<State>

    private struct State {
        var pieces: [Data] = []
        var finished = false
    }

    /// Starts with these records.
    init(_ records: [String] = []) {
        state = Mutex(State(pieces: records.map(Self.chunk)))
    }

    /// Appends a record: a JSON document, which is framed as RecordIO in an HTTP chunk of its own.
    func append(_ record: String) {
        state.withLock { $0.pieces.append(Self.chunk(record)) }
    }

    /// Appends bytes as they are, which should be framed by the caller, or deliberately are not.
    func append(raw bytes: Data) {
        state.withLock { $0.pieces.append(bytes) }
    }

    /// Ends the streams of all subscribers; `cleanly` with a last chunk, or in the middle of nothing.
    func finish(cleanly: Bool = true) {
        state.withLock {
            if cleanly { $0.pieces.append(Data("0\r\n\r\n".utf8)) }
            $0.finished = true
        }
    }

    /// The pieces from `index` on, and whether there will be no more.
    func pieces(from index: Int) -> (pieces: ArraySlice<Data>, finished: Bool) {
        state.withLock { ($0.pieces[index...], $0.finished) }
    }

    private static func chunk(_ record: String) -> Data {
        let framed = "\(record.utf8.count)\n\(record)"
        return Data("\(String(framed.utf8.count, radix: 16))\r\n\(framed)\r\n".utf8)
    }
}
