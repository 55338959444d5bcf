import Testing

@testable import HTTPClient

@Suite struct ResponsePipeTests {
    @Test func whatArrivesAfterACancellationIsNotDelivered() async {
        let pipe = ResponsePipe()
        let bytes: [UInt8] = [1, 2, 3]
        _ = bytes.withUnsafeBytes { pipe.append($0) }
        pipe.close(.cancelled, discarding: true)
        // The loop's thread was in the middle of it.
        #expect(bytes.withUnsafeBytes { pipe.append($0) })
        guard case .failure(.cancelled) = await pipe.next(resume: {}) else {
            Issue.record("bytes after the end")
            return
        }
    }
}
