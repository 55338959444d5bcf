/// When a worker that died is started again, and when its dying becomes alarming.
public struct RestartPolicy: Sendable {
    /// The first delay; each further one is twice as long.
    public var firstDelay: Duration = .milliseconds(100)
    public var longestDelay: Duration = .seconds(30)
    /// Whether the first start after a crash has no delay, and `firstDelay` is the second one's. Only for workers that
    /// ``WorkerSpecification/mayFinish``, if there are any.
    public var startsOverAtOnce = false
    /// A worker that was up for so long starts over at the first delay.
    public var healthyAfter: Duration = .seconds(60)
    /// So many crashes within `loopWindow` are a crash loop.
    public var loopCount = 5
    public var loopWindow: Duration = .seconds(60)
    /// Crashes in a row after which a worker is not started again, and the program ends; nil: it never gives up.
    /// Only for workers with which the program ends anyway (``WorkerSpecification/mayFinish``), if there are any.
    public var giveUpAfter: Int?
    /// 0 ..< 1: each delay is shortened by up to a quarter, so that workers do not restart in step.
    public var jitter: @Sendable () -> Double = { .random(in: 0..<1) }

    public init() {}

    /// The delay before the start that follows `failures` crashes in a row (1 or more).
    func delay(afterFailures failures: Int) -> Duration {
        if startsOverAtOnce, failures <= 1 { return .zero }
        let doublings = min(max(failures - (startsOverAtOnce ? 2 : 1), 0), 20)
        let full = min(firstDelay * (1 << doublings), longestDelay)
        return full * (1 - jitter() / 4)
    }
}
