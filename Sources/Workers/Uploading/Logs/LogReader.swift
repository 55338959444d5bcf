import HTTPClient
import MesosClient

/// Reads one log of a sandbox from its agent, from its beginning to its end, a chunk at a time and with no more than a
/// few of them in memory: rotated files first, what is too much left out, what was written late included.
///
/// When the connection breaks, it goes on where it was: an agent sends files only from their beginning, but gives pieces
/// of 64 KiB from anywhere. A log that shrinks while it is read (somebody rotates it) is not lost: what was read stays,
/// what is there now follows.
actor LogReader {
    typealias Sleep = @Sendable (Duration) async throws -> Void

    private let agent: AgentClient
    private let path: String
    private let settings: LogSettings
    /// The task ended just now: what it wrote last may not be there yet.
    private let isFresh: Bool
    private let sleep: Sleep
    private let progress: Progress

    private var files: [(name: String, size: Int64)] = []
    private var pieces: [LogPlan.Piece] = []
    private var hasPlan = false
    private var stream: HTTPStream?
    private let ahead: ReadAhead
    /// In the file that is being read.
    private var position: Int64 = 0
    private var troubles = 0
    private var late = Late()
    private var lastLines: LogTail

    /// What was written after the end was reached once.
    private struct Late {
        var checks = 0
        var quiet = 0
        var bytes: Int64 = 0
        var shrunk = 0
    }

    /// Times that a broken connection is made up for without a byte in between.
    private static let patience = 3
    private static let lateInterval = Duration.milliseconds(100)
    /// Something else writes into this log (other tasks of the executor), and goes on.
    private static let mostLateChecks = 30
    private static let mostLateBytes: Int64 = 64 << 20

    init(
        _ agent: AgentClient, _ path: String, _ settings: LogSettings, isFresh: Bool, progress: Progress = Progress(),
        sleep: @escaping Sleep = { try await Task.sleep(for: $0) }
    ) {
        self.agent = agent
        self.path = path
        self.settings = settings
        self.isFresh = isFresh
        self.progress = progress
        self.sleep = sleep
        ahead = ReadAhead(agent)
        lastLines = LogTail(settings.tail)
    }

    /// The last lines of what was read so far.
    var tail: String { lastLines.text }

    /// The next chunk, nil at the end.
    ///
    /// - Throws: ``AgentError``, or `CancellationError`.
    func next() async throws -> [UInt8]? {
        if !hasPlan { try await plan() }
        while true {
            try Task.checkCancellation()
            guard let piece = pieces.first else { return try await lateOutput() }
            guard case .file(let file, let from, let to) = piece else {
                pieces.removeFirst()
                if case .note(let text) = piece { return Array(text.utf8) }
                continue
            }
            position = max(position, from)
            let isLast = file == files.count - 1
            if let chunk = try await chunk(of: files[file].name, size: files[file].size, to: to) {
                lastLines.append(chunk)
                return chunk
            }
            pieces.removeFirst()
            stream = nil
            await ahead.drop()
            if !pieces.isEmpty || !isLast { position = 0 }
        }
    }

    private func plan() async throws {
        var found = [(name: path, size: try await size(of: path))]
        for number in 1..<max(1, settings.rotated + 1) {
            let name = "\(path).\(number)"
            do throws(AgentError) {
                found.append((name, try await size(of: name)))
            } catch {
                guard case .missing = error else { throw error }
                break
            }
        }
        files = found.reversed()
        pieces = LogPlan.pieces(files.map(\.size), limit: settings.maxBytes)
        hasPlan = true
    }

    // MARK: One file

    /// The next chunk of the file, nil at `to` or at its end.
    ///
    /// - Parameter size: as it was a while ago.
    private func chunk(of file: String, size: Int64, to: Int64?) async throws -> [UInt8]? {
        while to.map({ position < $0 }) ?? true {
            do throws(AgentError) {
                let chunk = try await waiting { () async throws(AgentError) in
                    try await read(file, size: size, atMost: to.map { $0 - position })
                }
                guard let chunk else { return nil }
                position += Int64(chunk.count)
                troubles = 0
                return chunk
            } catch {
                try Task.checkCancellation()
                stream = nil
                await ahead.drop()
                // Whoever was silent for so long is not asked again at once.
                guard case .unreachable = error, troubles < Self.patience else { throw error }
                try await sleep(.milliseconds(200) * (1 << (2 * troubles)))
                troubles += 1
            }
        }
        return nil
    }

    private func read(_ file: String, size: Int64, atMost limit: Int64?) async throws(AgentError) -> [UInt8]? {
        if stream == nil, position == 0, troubles == 0 { stream = try await agent.download(file) }
        guard let stream else {
            return try await ahead.read(file, at: position, atMost: limit ?? (size > position ? size - position : nil))
        }
        do throws(HTTPError) {
            guard let chunk = try await stream.next() else { return nil }
            guard let limit, limit < chunk.count else { return chunk }
            return Array(chunk[..<Int(limit)])
        } catch {
            throw AgentError(error)
        }
    }

    // MARK: After the end

    /// What was written since the end was reached; nil when that has not happened for a while.
    private func lateOutput() async throws -> [UInt8]? {
        let quietChecks = isFresh ? Int(settings.settle / Self.lateInterval) : 0
        while late.checks < Self.mostLateChecks, late.bytes < Self.mostLateBytes {
            let size: Int64
            do throws(AgentError) {
                size = try await self.size(of: path)
            } catch {
                // All that was there has been read.
                return nil
            }
            if size < position, late.shrunk < 2 {
                late.shrunk += 1
                let note =
                    "\n[complainer: the log shrank from \(position) to \(size) bytes while it was read; this is what is "
                    + "in it now]\n"
                position = 0
                return Array(note.utf8)
            }
            if size > position {
                late.quiet = 0
                late.checks += 1
                // Its end was where the file ended then.
                if position > 0 { stream = nil }
                guard let chunk = try await chunk(of: path, size: size, to: size) else { continue }
                late.checks -= 1
                late.bytes += Int64(chunk.count)
                lastLines.append(chunk)
                return chunk
            }
            guard late.quiet < quietChecks else { return nil }
            late.quiet += 1
            late.checks += 1
            try await sleep(Self.lateInterval)
        }
        return nil
    }

    private func size(of file: String) async throws(AgentError) -> Int64 {
        try await waiting { () async throws(AgentError) in try await agent.size(of: file) }
    }

    /// The time in here is the agent's.
    private func waiting<Value: Sendable>(
        _ body: () async throws(AgentError) -> Value
    ) async throws(AgentError) -> Value {
        let token = progress.begin()
        defer { progress.end(token) }
        return try await body()
    }
}
