import HTTPClient

extension ObjectStore {
    /// What logs are stored as.
    public static let logContentType = "text/plain; charset=utf-8"

    /// Stores the bytes under the key with the private access control list. The store checks them by `Content-MD5`.
    ///
    /// Amazon takes up to 5 GiB in one request; see `LogUploader` for more than fits into memory. Returns the object's
    /// ETag, where the store gives one.
    @discardableResult
    public func put(
        _ key: String, _ bytes: [UInt8], contentType: String = logContentType, contentEncoding: String? = nil
    ) async throws(ObjectStoreError) -> String? {
        var operation = Operation(method: .put, key: key, body: bytes, creates: true)
        operation.headers["Content-Type"] = contentType
        operation.headers["Content-Encoding"] = contentEncoding
        try check(operation)
        let answer = try await perform(operation)
        return answer.headers["ETag"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The object's size in bytes; nil when there is no such object. Needs the right to read it.
    public func size(of key: String) async throws(ObjectStoreError) -> Int64? {
        let operation = Operation(method: .head, key: key)
        try check(operation)
        do throws(ObjectStoreError) {
            let answer = try await perform(operation)
            guard let length = answer.headers["Content-Length"].flatMap({ Int64($0) }) else {
                throw error(operation, .unexpectedAnswer("it has no Content-Length"))
            }
            return length
        } catch {
            guard case .refused(let refusal) = error.kind, refusal.status == 404 else { throw error }
            return nil
        }
    }

    /// Whether the store can be talked to, knows the bucket and takes the credentials, found out without writing anything
    /// and with no more than the right to read: it is asked for an object that is not there.
    public func check() async throws(ObjectStoreError) {
        let operation = Operation(method: .get, key: "complainer-asks-whether-you-are-there")
        do throws(ObjectStoreError) {
            _ = try await perform(operation)
        } catch {
            // Who may not list a bucket is not told whether an object is there.
            if error.code == "NoSuchKey" || error.code == "AccessDenied" { return }
            throw error
        }
    }

    /// Keys are 1 to 1024 bytes of UTF-8.
    func check(_ operation: Operation) throws(ObjectStoreError) {
        guard !operation.key.isEmpty else { throw error(operation, .invalidKey("it is empty")) }
        guard operation.key.utf8.count <= 1_024 else {
            throw error(operation, .invalidKey("\(operation.key.utf8.count) bytes, at most 1024 are possible"))
        }
    }
}
