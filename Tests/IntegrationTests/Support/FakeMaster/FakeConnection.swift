import Foundation

extension ServedConnection {
    /// Sends the answer and ends it as it says; true if the next request may come.
    func carryOut(_ answer: FakeAnswer) -> Bool {
        guard send(Array(answer.bytes)) else { return false }
        switch answer.ending {
        case .keepOpen:
            return true
        case .close:
            return false
        case .reset:
            resetAtEnd()
            return false
        case .stall:
            waitForClose()
            return false
        case .endless(let piece):
            let bytes = Array(piece)
            while send(bytes) {}
            return false
        case .follow(let feed):
            follow(feed)
            return false
        }
    }

    private func follow(_ feed: FakeFeed) {
        var sent = 0
        repeat {
            let (pieces, finished) = feed.pieces(from: sent)
            for piece in pieces {
                guard send(Array(piece)) else { return }
            }
            sent += pieces.count
            if finished { return }
        } while !isClosed(within: 5)
    }
}
