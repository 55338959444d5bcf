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
    /// Who wants to upload to the key that is being swept.
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// What was swept for those who died before this process.
    private var known: Set<Int> = []
    private var isAtWork = false
    /// The user may not do this, and will not sooner or later.
    private var isHopeless = false
    /// Keys remembered; beyond that a lifecycle rule has to help.
    private static let limit = 10_000
    private let firstPause: Duration
    private static let longestPause = Duration.seconds(300)

    /// - Parameter firstPause: before the first try; doubled after each one that gets nowhere.
    init(_ store: ObjectStore, logger: Logger, firstPause: Duration = .seconds(1)) {
        self.store = store
        self.logger = logger
        self.firstPause = firstPause
    }

    func begin(_ key: String) async {
        while sweeping == key { await withCheckedContinuation { waiting.append($0) } }
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
        var pause = firstPause
        while !keys.isEmpty, !Task.isCancelled {
            try? await Task.sleep(for: pause)
            pause = await sweep() ? firstPause : min(Self.longestPause, pause * 2)
        }
    }

    /// The same for what somebody may have left who died before this process began; once for each key, as from then on
    /// nothing is left without being told.
    func addPast(_ key: String) async {
        if known.count >= Self.limit { known.removeAll() }
        guard known.insert(key.hashValue).inserted else { return }
        await add(key)
    }

    /// What is still to be swept up.
    var count: Int { keys.count }

    /// - Returns: whether it got anywhere.
    private func sweep() async -> Bool {
        var hasDone = false
        for key in keys where busy[key] == nil {
            sweeping = key
            defer { swept() }
            do throws(ObjectStoreError) {
                for upload in try await store.listUploads(prefix: key) where upload.key == key {
                    try await store.abort(upload)
                }
                keys.remove(key)
                hasDone = true
            } catch {
                // A clock that is being set right, a bucket that is not there yet, a stop: another time.
                guard Self.isRefusal(error) else { return hasDone }
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

    private func swept() {
        sweeping = nil
        let all = waiting
        waiting = []
        for continuation in all { continuation.resume() }
    }

    /// The user may not do this, or the store cannot.
    private static func isRefusal(_ error: ObjectStoreError) -> Bool {
        guard case .refused(let refusal) = error.kind else { return false }
        return [403, 405, 501].contains(refusal.status)
    }
}
