import MesosClient

/// Reads pieces of a file one after the other, and asks for the next ones before they are wanted: an agent gives 64 KiB
/// at a time, so that the way there and back would take longer than the bytes.
actor ReadAhead {
    private let agent: AgentClient
    private var coming: [(offset: Int64, piece: Task<Result<[UInt8], AgentError>, Never>)] = []
    private static let pieces = 4

    init(_ agent: AgentClient) {
        self.agent = agent
    }

    /// The bytes from there on, as many as come at once; nil at the end of the file.
    ///
    /// - Parameter limit: bytes that are wanted in all; nil when nobody knows, and then nothing is asked for beforehand.
    func read(
        _ file: String, at offset: Int64, atMost limit: Int64?
    ) async throws(AgentError) -> [UInt8]? {
        let size = Int64(AgentClient.mostBytesAtOnce)
        if coming.first?.offset != offset { drop() }
        while coming.count < Self.pieces {
            let start = (coming.last?.offset).map { $0 + size } ?? offset
            let length = limit.map { min(size, offset + $0 - start) } ?? size
            // Without a limit nobody knows whether there is more.
            guard length > 0, limit != nil || coming.isEmpty else { break }
            let agent = agent
            coming.append(
                (
                    start,
                    Task {
                        do throws(AgentError) {
                            return .success(try await agent.read(file, offset: start, length: Int(length)))
                        } catch {
                            return .failure(error)
                        }
                    }
                ))
        }
        let piece = coming.removeFirst().piece
        let outcome = await withTaskCancellationHandler {
            await piece.value
        } onCancel: {
            piece.cancel()
        }
        let bytes = try outcome.get()
        return bytes.isEmpty ? nil : bytes
    }

    /// Forgets what was asked for.
    func drop() {
        for (_, piece) in coming { piece.cancel() }
        coming = []
    }
}
