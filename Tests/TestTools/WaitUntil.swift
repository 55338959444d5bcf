/// Polls until `probe` gives a value, and gives up with an error that names `what` after `limit`.
///
/// An error that `probe` throws counts as "not yet" and is part of the final message: servers that
/// are just starting refuse connections. The limit is generous by default, since it is only ever
/// used up when the test fails anyway, and the machine may be busy.
@discardableResult
public func waitFor<Value>(
    _ what: String, within limit: Duration = .seconds(60), every interval: Duration = .milliseconds(20),
    file: String = #fileID, line: Int = #line, isolation: isolated (any Actor)? = #isolation,
    _ probe: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    var lastError: (any Error)?
    while true {
        do {
            if let value = try await probe() { return value }
            lastError = nil
        } catch let fatal as Hopeless {
            throw HarnessError("waiting for \(what) (\(file):\(line)): \(fatal.description)")
        } catch {
            lastError = error
        }
        guard clock.now < deadline else {
            let reason = lastError.map { "; last error: \($0)" } ?? ""
            throw HarnessError("waited \(limit) for \(what) (\(file):\(line))\(reason)")
        }
        try await Task.sleep(for: interval)
    }
}

/// Polls until `condition` is true; otherwise as `waitFor`.
public func waitUntil(
    _ what: String = "the condition", within limit: Duration = .seconds(60),
    every interval: Duration = .milliseconds(10), file: String = #fileID, line: Int = #line,
    isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async throws {
    try await waitFor(what, within: limit, every: interval, file: file, line: line) {
        try await condition() ? true : nil
    }
}

/// Waits until a number that has begun to grow does not grow any more: it was the same twice with `pause` in between.
///
/// - Returns: that number.
public func waitForStandstill<Count: BinaryInteger>(
    of what: String, pause: Duration = .milliseconds(250), file: String = #fileID, line: Int = #line,
    isolation: isolated (any Actor)? = #isolation, _ count: () async throws -> Count
) async throws -> Count {
    var last: Count = 0
    return try await waitFor("a standstill of \(what)", every: pause, file: file, line: line) {
        let now = try await count()
        defer { last = now }
        return now > 0 && now == last ? now : nil
    }
}

/// Thrown by a probe to say that waiting longer is no use, for instance because the process has ended.
public struct Hopeless: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) {
        self.description = description
    }
}
