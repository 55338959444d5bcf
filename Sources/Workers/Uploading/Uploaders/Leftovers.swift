import Logging
import ObjectStorage

/// Uploads in parts that were torn so badly that nobody could abort them: swept up as soon as the store lets us. Their
/// parts cost money, and no listing shows them.
///
/// That a user may not list uploads is no trouble: a lifecycle rule of the bucket does the same.
actor Leftovers {
    private let store: ObjectStore
    private let logger: Logger
    private var keys: Set<String> = []
    /// Keys that are being uploaded: what is there of them is wanted.
    private var busy: [String: Int] = [:]
    private var sweeping: String?
    private var isAtWork = false
    /// The user may not do this, and will not sooner or later.
    private var isHopeless = false
    /// Keys remembered; beyond that a lifecycle rule has to help.
    private static let limit = 10_000
    private static let firstPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(300)

    init(_ store: ObjectStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    func begin(_ key: String) async {
        while sweeping == key { await Task.yield() }
        busy[key, default: 0] += 1
    }

    func end(_ key: String) {
        busy[key] = busy[key].flatMap { $0 > 1 ? $0 - 1 : nil }
    }

    func add(_ key: String) async {
        guard keys.count < Self.limit, !isHopeless else { return }
        keys.insert(key)
        guard !isAtWork else { return }
        isAtWork = true
        defer { isAtWork = false }
        var pause = Self.firstPause
        while !keys.isEmpty, !Task.isCancelled {
            try? await Task.sleep(for: pause)
            pause = await sweep() ? Self.firstPause : min(Self.longestPause, pause * 2)
        }
    }

    /// What is still to be swept up.
    var count: Int { keys.count }

    /// - Returns: whether it got anywhere.
    private func sweep() async -> Bool {
        var hasDone = false
        for key in keys where busy[key] == nil {
            sweeping = key
            defer { sweeping = nil }
            do throws(ObjectStoreError) {
                for upload in try await store.listUploads(prefix: key) where upload.key == key {
                    try await store.abort(upload)
                }
                keys.remove(key)
                hasDone = true
            } catch {
                guard !error.isRetryable else { return hasDone }
                logger.warning(
                    """
                    parts of uploads may stay in the store: \(error); give the bucket a lifecycle rule that aborts \
                    incomplete multipart uploads
                    """)
                keys.removeAll()
                isHopeless = true
            }
        }
        return hasDone
    }
}
