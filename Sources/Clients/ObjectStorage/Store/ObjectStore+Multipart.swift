import HTTPClient

/// An upload in parts that was begun, and neither completed nor aborted.
public struct MultipartUpload: Sendable, Equatable {
    public var key: String
    /// Given by the store.
    public var id: String

    public init(key: String, id: String) {
        self.key = key
        self.id = id
    }
}

/// A part that the store has.
public struct UploadedPart: Sendable, Equatable {
    /// From 1 to 10 000.
    public var number: Int
    /// As the store gave it, with its quotation marks.
    public var etag: String

    public init(number: Int, etag: String) {
        self.number = number
        self.etag = etag
    }
}

extension ObjectStore {
    /// Begins an upload in parts. The store keeps (and Amazon charges for) the parts of one that is never ended.
    public func begin(
        _ key: String, contentType: String = logContentType, contentEncoding: String? = nil
    ) async throws(ObjectStoreError) -> MultipartUpload {
        var operation = Operation(method: .post, key: key, query: [.init("uploads")], creates: true)
        operation.headers["Content-Type"] = contentType
        operation.headers["Content-Encoding"] = contentEncoding
        try check(operation)
        let answer = try await perform(operation)
        guard let id = AnswerDocument(answer.body)["UploadId"], !id.isEmpty else {
            throw error(operation, .unexpectedAnswer("there is no UploadId in it"))
        }
        return MultipartUpload(key: key, id: id)
    }

    /// Stores a part: at least 5 MiB unless it is the last. The same number again replaces it.
    public func uploadPart(
        _ upload: MultipartUpload, number: Int, _ bytes: [UInt8]
    ) async throws(ObjectStoreError) -> UploadedPart {
        var operation = Operation(
            method: .put, key: upload.key,
            query: [.init("partNumber", String(number)), .init("uploadId", upload.id)], body: bytes)
        // Whatever is sent is signed: better ours than a default of the client's.
        operation.headers["Content-Type"] = "application/octet-stream"
        let answer = try await perform(operation)
        // A part's ETag is its MD5 wherever one was ever seen.
        let etag = answer.headers["ETag"].flatMap { $0.isEmpty ? nil : $0 }
        return UploadedPart(number: number, etag: etag ?? "\"\(Digest.hex(Digest.md5(bytes)))\"")
    }

    /// Makes the object of the parts, in ascending order of their numbers. Returns its ETag; Ceph 16 gives none.
    @discardableResult
    public func complete(
        _ upload: MultipartUpload, parts: [UploadedPart]
    ) async throws(ObjectStoreError) -> String? {
        var operation = Operation(method: .post, key: upload.key, query: [.init("uploadId", upload.id)])
        operation.headers["Content-Type"] = "application/xml"
        operation.body = Array(document(of: parts).utf8)
        operation.patience = .seconds(300)
        let answer = try await perform(operation)
        let document = AnswerDocument(answer.body)
        switch document.root {
        case "CompleteMultipartUploadResult":
            return document["ETag"].flatMap { $0.isEmpty ? nil : $0 }
        case "Error":
            // The status was sent before the work was done: what is in the answer counts, as if it were a failure's.
            var failed = answer
            failed.status = 500
            throw ObjectStoreError(operation: name(of: operation), answer: failed, signedAt: now)
        case let root:
            throw error(
                operation, .unexpectedAnswer("the answer is \(root.map { "<\($0)>" } ?? "empty"), not a result"))
        }
    }

    /// Drops the upload and its parts. One that is gone is no error.
    public func abort(_ upload: MultipartUpload) async throws(ObjectStoreError) {
        do {
            _ = try await perform(
                Operation(method: .delete, key: upload.key, query: [.init("uploadId", upload.id)]))
        } catch {
            guard error.code == "NoSuchUpload" else { throw error }
        }
    }

    /// Uploads in parts that are neither completed nor aborted: up to 1000, of keys with that prefix.
    public func listUploads(prefix: String = "") async throws(ObjectStoreError) -> [MultipartUpload] {
        let query: [SignableRequest.Parameter] =
            prefix.isEmpty ? [.init("uploads")] : [.init("prefix", prefix), .init("uploads")]
        let operation = Operation(method: .get, key: "", query: query)
        let document = AnswerDocument(try await perform(operation).body)
        let keys = document.texts(of: "Key")
        let ids = document.texts(of: "UploadId")
        guard document.root == "ListMultipartUploadsResult", keys.count == ids.count else {
            throw error(operation, .unexpectedAnswer("it is no list of uploads"))
        }
        return zip(keys, ids).map { MultipartUpload(key: $0, id: $1) }
    }

    private func document(of parts: [UploadedPart]) -> String {
        let list = parts.map { part in
            let etag = part.etag.map { character in
                switch character {
                case "&": "&amp;"
                case "<": "&lt;"
                case ">": "&gt;"
                case "\"": "&quot;"
                default: String(character)
                }
            }
            return "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(etag.joined())</ETag></Part>"
        }
        return "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(list.joined())"
            + "</CompleteMultipartUpload>"
    }
}
