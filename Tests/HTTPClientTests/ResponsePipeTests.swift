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

    @Test func whatIsReadOnDemandWaitsForTheReader() async {
        let pipe = ResponsePipe(readsOnDemand: true)
        let bytes: [UInt8] = [1, 2, 3]
        #expect(!bytes.withUnsafeBytes { pipe.append($0) })
        // Nobody reads: paused. Who takes what is there has not asked for more.
        #expect(!pipe.flush())
        guard case .success([1, 2, 3]?) = await pipe.next(resume: { Issue.record("resumed") }) else {
            Issue.record("not what arrived")
            return
        }
        // Who waits, has: the loop goes on, and pauses with what comes.
        await confirmation { resumed in
            async let chunk = pipe.next {
                resumed()
                #expect(pipe.flush())
                #expect(!bytes.withUnsafeBytes { pipe.append($0) })
                #expect(!pipe.flush())
            }
            guard case .success([1, 2, 3]?) = await chunk else {
                Issue.record("not what arrived")
                return
            }
        }
    }
}
