import Complaints
import HTTPClient
import ObjectStorage

/// What collects the logs of a test failure: there was no task, so two short logs that say so are saved where those of a
/// task would be, and linked to in the same way.
struct SampleUploader: Uploader {
    let credit = 1

    private let store: ObjectStore
    private let target: StoreTarget

    init(http: HTTPClient, target: StoreTarget) {
        store = target.store(http: http)
        self.target = target
    }

    func collect(
        _ failure: Failure, _ standing: CollectionStanding, preliminary: @escaping @Sendable (Evidence) async -> Void
    ) async throws(UploadError) -> Evidence {
        var evidence = Evidence(stdoutURL: "", stderrURL: "")
        evidence.stdoutURL = try await save("stdout", failure)
        evidence.stderrURL = try await save("stderr", failure)
        (evidence.stdoutTail, evidence.stderrTail) = (Self.text("stdout"), Self.text("stderr"))
        return evidence
    }

    /// - Returns: the link.
    private func save(_ log: String, _ failure: Failure) async throws(UploadError) -> String {
        do {
            let key = KeyTemplate.key(try target.key.prefix(failure), log)
            try await store.put(key, Array(Self.text(log).utf8))
            return store.presignedGet(key, expires: target.lifetime)
        } catch {
            throw UploadError("\(error)")
        }
    }

    private static func text(_ log: String) -> String {
        "[test] this stands where the \(log) of a failed task would be\n"
    }
}
