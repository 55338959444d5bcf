import Testing

@testable import ObjectStorage

@Suite struct LogUploadTests {
    /// Drives a plan with parts of 10 bytes and an obedient store; returns what was stored, in order.
    private func drive(_ size: Int, chunk: Int, mostHeld: inout Int) -> (steps: [String], bytes: [UInt8]) {
        var plan = LogUpload(partBytes: 10)
        let content = (0..<size).map { UInt8($0 % 251) }
        var offset = 0
        var steps: [String] = []
        var stored: [UInt8] = []
        var underWay: [UInt8] = []
        while steps.count < 1_000 {
            switch plan.next() {
            case .read:
                let next = Array(content[offset..<min(size, offset + chunk)])
                offset += next.count
                plan.received(next.isEmpty ? nil : next)
            case .put(let bytes):
                steps.append("put \(bytes.count)")
                stored += bytes
            case .begin:
                steps.append("begin")
                plan.began()
            case .store(let number, let bytes):
                #expect(underWay.isEmpty)
                steps.append("\(number): \(bytes.count)")
                underWay = bytes
            case .wait:
                stored += underWay
                underWay = []
                plan.stored(UploadedPart(number: stored.count, etag: ""))
            case .complete(let parts): steps.append("complete \(parts.count)")
            case .tooManyParts: steps.append("too many")
            case .finished: return (steps, stored)
            }
            mostHeld = max(mostHeld, plan.bufferedBytes + underWay.count)
        }
        return (steps, stored)
    }

    @Test(
        "One request up to a part's size, parts beyond, the last one never empty",
        arguments: [
            (0, ["put 0"]), (1, ["put 1"]), (9, ["put 9"]), (10, ["put 10"]),
            (11, ["begin", "1: 10", "2: 1", "complete 2"]), (20, ["begin", "1: 10", "2: 10", "complete 2"]),
            (25, ["begin", "1: 10", "2: 10", "3: 5", "complete 3"]),
        ])
    func steps(_ size: Int, _ expected: [String]) {
        for chunk in [1, 3, 10, 64] {
            var most = 0
            let result = drive(size, chunk: chunk, mostHeld: &most)
            #expect(result.steps == expected, "chunks of \(chunk)")
            #expect(result.bytes == (0..<size).map { UInt8($0 % 251) })
        }
    }

    @Test("At most two parts and a chunk are held, however long the source")
    func memory() {
        var most = 0
        let result = drive(2_000, chunk: 3, mostHeld: &most)
        #expect(result.bytes.count == 2_000)
        #expect(most <= 23)
    }

    @Test("While a part is stored the next is read")
    func overlap() {
        var plan = LogUpload(partBytes: 10)
        plan.received([UInt8](repeating: 1, count: 11))
        #expect(plan.next() == .begin)
        plan.began()
        #expect(plan.next() == .store(number: 1, [UInt8](repeating: 1, count: 10)))
        #expect(plan.next() == .read)
        plan.received([UInt8](repeating: 2, count: 9))
        #expect(plan.next() == .wait)
    }

    @Test("Empty chunks are not the end")
    func emptyChunks() {
        var plan = LogUpload(partBytes: 10)
        plan.received([])
        #expect(plan.next() == .read)
        plan.received([7])
        plan.received(nil)
        #expect(plan.next() == .put([7]))
        #expect(plan.byteCount == 1)
    }

    @Test("More parts than an object may have are not begun")
    func tooMany() {
        var plan = LogUpload(partBytes: 1, mostParts: 2)
        plan.received([1, 2, 3])
        plan.received(nil)
        #expect(plan.next() == .begin)
        plan.began()
        for number in 1...2 {
            #expect(plan.next() == .store(number: number, [UInt8(number)]))
            #expect(plan.next() == .wait)
            plan.stored(UploadedPart(number: number, etag: ""))
        }
        #expect(plan.next() == .tooManyParts)
        #expect(plan.next() == .finished)
    }

    @Test("Delays double up to a limit, and what the store asks for comes first")
    func delays() {
        func error(_ status: Int, after: Duration? = nil) -> ObjectStoreError {
            ObjectStoreError(operation: "", kind: .refused(.init(status: status, retryAfter: after)))
        }
        let policy = RetryPolicy(attempts: 40)
        let delays = (1...6).map { policy.delay(afterAttempts: $0, error(503), jitter: 0) }
        #expect(delays == [.milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(8)])
        #expect(policy.delay(afterAttempts: 2, error(503), jitter: 1) == .milliseconds(500))
        #expect(policy.delay(afterAttempts: 39, error(503), jitter: 0) == .seconds(8))
        #expect(policy.delay(afterAttempts: 40, error(503), jitter: 0) == nil)
        #expect(policy.delay(afterAttempts: 1, error(403), jitter: 0) == nil)
        let hasty = ObjectStoreError(operation: "", kind: .refused(.init(status: 503, retryAfter: .zero)))
        #expect(policy.delay(afterAttempts: 2, hasty, jitter: 0) == .seconds(1))
        #expect(policy.delay(afterAttempts: 1, error(503, after: .seconds(9)), jitter: 1) == .seconds(9))
        #expect(policy.delay(afterAttempts: 1, error(503, after: .seconds(31)), jitter: 1) == nil)
    }
}
