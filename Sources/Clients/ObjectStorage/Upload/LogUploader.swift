import Synchronization

/// Stores streams as objects with bounded memory: drives a `LogUpload` against a store, sends what failed for a passing
/// reason again from memory, and leaves no half upload behind.
public struct LogUploader: Sendable {
    /// What was stored.
    public struct Stored: Sendable, Equatable {
        public var bytes: Int64
        /// 0: in one request.
        public var parts: Int
    }

    private let store: ObjectStore
    private let retry: RetryPolicy
    private let partBytes: Int
    private let sending: Turns?
    private let sleep: @Sendable (Duration) async throws -> Void
    private let leftBehind: @Sendable (_ key: String, ObjectStoreError) -> Void

    /// Uploads that share `sending` send no more parts at a time than it has places, and read no further while they wait
    /// for one: each has one part in memory, and another while it has a place.
    ///
    /// `leftBehind` learns, once the upload of that key has ended, that parts of it may stay in the store: it could not be
    /// aborted, or the answer with an upload's id was lost. Whoever sweeps them up must not do so during another upload of
    /// the key.
    public init(
        _ store: ObjectStore, retry: RetryPolicy = RetryPolicy(), partBytes: Int = LogUpload.partBytes,
        sending: Turns? = nil,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        leftBehind: @escaping @Sendable (_ key: String, ObjectStoreError) -> Void = { _, _ in }
    ) {
        self.store = store
        self.retry = retry
        self.partBytes = partBytes
        self.sending = sending
        self.sleep = sleep
        self.leftBehind = leftBehind
    }

    /// Stores all that the source gives until nil. Throws `ObjectStoreError`, `CancellationError` or what the source
    /// throws; then there is no new object, unless the store did more than it said.
    public func upload(
        _ key: String, contentType: String = ObjectStore.logContentType, contentEncoding: String? = nil,
        from source: @Sendable () async throws -> [UInt8]?
    ) async throws -> Stored {
        var plan = LogUpload(partBytes: partBytes)
        var upload: MultipartUpload?
        let lost = Mutex<ObjectStoreError?>(nil)
        defer { if let error = lost.withLock({ $0 }) { leftBehind(key, error) } }
        return try await withThrowingTaskGroup(of: UploadedPart.self) { group in
            do {
                while true {
                    switch plan.next() {
                    case .read:
                        plan.received(try await source())
                    case .put(let bytes):
                        try await retrying {
                            try await store.put(
                                key, bytes, contentType: contentType, contentEncoding: contentEncoding)
                        }
                        return Stored(bytes: plan.byteCount, parts: 0)
                    case .begin:
                        upload = try await retrying {
                            do throws(ObjectStoreError) {
                                return try await store.begin(
                                    key, contentType: contentType, contentEncoding: contentEncoding)
                            } catch {
                                switch error.kind {
                                case .transport, .unexpectedAnswer: lost.withLock { $0 = error }
                                case .refused, .clocksDiffer, .invalidKey, .tooManyParts: break
                                }
                                throw error
                            }
                        }
                        plan.began()
                    case .store(let number, let bytes):
                        guard let upload else { throw misused(key) }
                        try await sending?.take()
                        group.addTask {
                            defer { sending?.give() }
                            return try await retrying { try await store.uploadPart(upload, number: number, bytes) }
                        }
                    case .wait:
                        guard let part = try await group.next() else { throw misused(key) }
                        plan.stored(part)
                    case .complete(let parts):
                        guard let upload else { throw misused(key) }
                        try await complete(upload, parts, bytes: plan.byteCount)
                        return Stored(bytes: plan.byteCount, parts: parts.count)
                    case .tooManyParts:
                        throw ObjectStoreError(
                            operation: ObjectStoreError.operation(.put, bucket: store.bucket, key: key),
                            kind: .tooManyParts(limit: LogUpload.mostParts))
                    case .finished:
                        throw misused(key)
                    }
                }
            } catch {
                group.cancelAll()
                // A part that arrives after the abort would stay.
                try? await group.waitForAll()
                if let upload { await abort(upload) }
                throw error
            }
        }
    }

    /// A lost answer makes the next attempt, which may also be libcurl's own, fail with `NoSuchUpload` although the
    /// object is there.
    private func complete(_ upload: MultipartUpload, _ parts: [UploadedPart], bytes: Int64) async throws {
        try await retrying {
            do throws(ObjectStoreError) {
                try await store.complete(upload, parts: parts)
            } catch {
                guard error.code == "NoSuchUpload", (try? await store.size(of: upload.key)) == bytes else {
                    throw error
                }
            }
        }
    }

    /// In a task of its own: the reason is often that this one was cancelled.
    private func abort(_ upload: MultipartUpload) async {
        await Task {
            do {
                try await retrying { try await store.abort(upload) }
            } catch let error as ObjectStoreError {
                leftBehind(upload.key, error)
            } catch {}
        }.value
    }

    @discardableResult
    private func retrying<Value>(_ attempt: () async throws -> Value) async throws -> Value {
        var attempts = 0
        while true {
            try Task.checkCancellation()
            do {
                return try await attempt()
            } catch let error as ObjectStoreError {
                attempts += 1
                let jitter = Double.random(in: 0...1)
                guard let delay = retry.delay(afterAttempts: attempts, error, jitter: jitter) else { throw error }
                try await sleep(delay)
            }
        }
    }

    private func misused(_ key: String) -> ObjectStoreError {
        ObjectStoreError(
            operation: ObjectStoreError.operation(.put, bucket: store.bucket, key: key),
            kind: .unexpectedAnswer("the upload's steps came out of order"))
    }
}
