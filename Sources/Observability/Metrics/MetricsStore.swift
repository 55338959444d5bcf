import CoreMetrics
import Synchronization

/// The backend of swift-metrics in every process: keeps values in memory, for ``snapshot()``.
///
/// A label becomes a Prometheus metric name, dimensions become labels. Whoever names a metric follows Prometheus's
/// habits: `complainer_deliveries_total`, `complainer_delivery_seconds` (timers record seconds). Two makers of the
/// same name and dimensions share one value. A name that is in use with another kind, and series beyond
/// ``maximumSeries``, get a handler whose value is never shown: metrics must not fail or fill the memory.
public final class MetricsStore: MetricsFactory {
    /// The most series one name may have.
    public static let maximumSeries = 1000
    /// The histogram buckets of timers, in seconds.
    public static let timerBounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800,
    ]
    /// The histogram buckets of recorders, which hold sizes and counts: powers of four up to a gibi.
    public static let recorderBounds: [Double] = (0...15).map { Double(1 << (2 * $0)) }

    private struct Family: Sendable {
        var kind: MetricFamily.Kind
        var bounds: [Double]?
        var cells: [[String: String]: any MetricCell] = [:]
    }

    private struct State: Sendable {
        var families: [String: Family] = [:]
        var help: [String: String] = [:]
    }

    private let state = Mutex(State())

    /// A store without metrics.
    public init() {}

    /// Sets the help text of a metric, whether it exists already or not.
    public func describe(_ label: String, _ help: String) {
        state.withLock { $0.help[PrometheusText.metricName(label)] = help }
    }

    /// The values of now. Each is read by itself: two that change together may be one step apart.
    public func snapshot() -> MetricsSnapshot {
        let (families, help) = state.withLock { ($0.families, $0.help) }
        return MetricsSnapshot(
            families: families.sorted { $0.key < $1.key }
                .map { name, family in
                    MetricFamily(
                        name: name, kind: family.kind, help: help[name], bounds: family.bounds,
                        samples: family.cells.map { MetricSample(labels: $0.key, value: $0.value.value) })
                })
    }

    /// The values of now, and what the kernel says of the process.
    public func snapshot(withProcess process: ProcessMetrics?) -> MetricsSnapshot {
        var snapshot = snapshot()
        snapshot.families += process?.families ?? []
        return snapshot
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, .counter) { CounterCell() }
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        cell(label, dimensions, .counter) { FloatingPointCounterCell() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, dimensions, .gauge) { GaugeCell() }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return cell(label, dimensions, .gauge) { GaugeCell() } }
        return cell(label, dimensions, .histogram, Self.recorderBounds) { HistogramCell(bounds: Self.recorderBounds) }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, .histogram, Self.timerBounds) { HistogramCell(bounds: Self.timerBounds) }
    }

    // A series stays when its last handler goes: a Prometheus counter must not vanish between two scrapes.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func cell<Cell: MetricCell>(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricFamily.Kind, _ bounds: [Double]? = nil,
        make: () -> Cell
    ) -> Cell {
        let name = PrometheusText.metricName(label)
        var labels: [String: String] = [:]
        for (key, value) in dimensions { labels[PrometheusText.labelName(key)] = value }
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind, bounds: bounds)
            if let known = family.cells[labels] as? Cell { return known }
            let new = make()
            let fits = family.kind == kind && family.bounds == bounds && family.cells[labels] == nil
            if fits, family.cells.count < Self.maximumSeries {
                family.cells[labels] = new
                state.families[name] = family
            }
            return new
        }
    }
}
