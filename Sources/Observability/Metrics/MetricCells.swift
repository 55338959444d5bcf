import CoreMetrics
import Synchronization

/// A metric's value in memory: what a swift-metrics handler changes and a snapshot reads.
protocol MetricCell: AnyObject, Sendable {
    var value: MetricValue { get }
}

/// A counter of whole steps. It stays at the largest Int64 rather than overflow.
final class CounterCell: MetricCell, CounterHandler {
    private let count = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        let (old, new) = count.wrappingAdd(amount, ordering: .relaxed)
        if new < old { count.store(.max, ordering: .relaxed) }
    }

    func reset() { count.store(0, ordering: .relaxed) }

    var value: MetricValue { .number(Double(count.load(ordering: .relaxed))) }
}

/// A number that several threads add to and set.
private struct AtomicDouble: ~Copyable {
    private let bits = Atomic<UInt64>(0)

    func load() -> Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func store(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: seen) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: seen, desired: sum, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }
}

/// A counter of fractions.
final class FloatingPointCounterCell: MetricCell, FloatingPointCounterHandler {
    private let sum = AtomicDouble()

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        sum.add(amount)
    }

    func reset() { sum.store(0) }

    var value: MetricValue { .number(sum.load()) }
}

/// A gauge: a `Meter`, and what swift-metrics calls a `Gauge` (a recorder that does not aggregate).
final class GaugeCell: MetricCell, MeterHandler, RecorderHandler {
    private let current = AtomicDouble()

    func set(_ value: Int64) { current.store(Double(value)) }
    func set(_ value: Double) { current.store(value) }
    func increment(by amount: Double) { current.add(amount) }
    func decrement(by amount: Double) { current.add(-amount) }
    func record(_ value: Int64) { current.store(Double(value)) }
    func record(_ value: Double) { current.store(value) }

    var value: MetricValue { .number(current.load()) }
}

/// A histogram: a `Timer`, in seconds, and a `Recorder`.
final class HistogramCell: MetricCell, RecorderHandler, TimerHandler {
    private struct State: Sendable {
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: [UInt64](repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    var value: MetricValue {
        state.withLock { .histogram(counts: $0.counts, sum: $0.sum) }
    }
}
