import Foundation
import Metrics
import Testing

@testable import Observability

struct MetricsStoreTests {
    private let store = MetricsStore()

    private func value(_ name: String, _ labels: [String: String] = [:]) -> MetricValue? {
        store.snapshot().families.first { $0.name == name }?.samples.first { $0.labels == labels }?.value
    }

    @Test func `counters count`() {
        let counter = Counter(label: "c_total", dimensions: [("kind", "a")], factory: store)
        counter.increment()
        counter.increment(by: 41)
        counter.increment(by: -5)
        Counter(label: "c_total", dimensions: [("kind", "a")], factory: store).increment()
        #expect(value("c_total", ["kind": "a"]) == .number(43))
        counter.increment(by: Int64.max)
        #expect(value("c_total", ["kind": "a"]) == .number(Double(Int64.max)))
        counter.reset()
        #expect(value("c_total", ["kind": "a"]) == .number(0))
    }

    @Test func `fractions, gauges and meters`() {
        let seconds = FloatingPointCounter(label: "f_total", factory: store)
        seconds.increment(by: 0.25)
        seconds.increment(by: 0.5)
        #expect(value("f_total") == .number(0.75))
        Gauge(label: "g", factory: store).record(2.5)
        #expect(value("g") == .number(2.5))
        let meter = Meter(label: "m", factory: store)
        meter.set(10)
        meter.increment(by: 2)
        meter.decrement(by: 5)
        #expect(value("m") == .number(7))
    }

    @Test func `timers are histograms in seconds`() throws {
        let timer = Timer(label: "t_seconds", factory: store)
        timer.recordMilliseconds(1)  // exactly a bound belongs below it
        timer.recordSeconds(7)
        timer.recordSeconds(100_000)
        let family = try #require(store.snapshot().families.first)
        #expect(family.kind == .histogram)
        guard case .histogram(let counts, let sum) = family.samples[0].value else { return #expect(Bool(false)) }
        #expect(counts.count == MetricsStore.timerBounds.count + 1)
        #expect(counts[0] == 1 && counts[counts.count - 1] == 1 && counts.reduce(0, +) == 3)
        #expect(counts[try #require(MetricsStore.timerBounds.firstIndex(of: 10))] == 1)
        #expect(abs(sum - 100_007.001) < 1e-6)
    }

    @Test func `recorders are histograms of sizes`() throws {
        Recorder(label: "bytes", factory: store).record(1000)
        let family = try #require(store.snapshot().families.first)
        #expect(family.bounds?.first == 1 && family.bounds?.last == 1_073_741_824)
    }

    @Test func `a name in use with another kind neither fails nor shows`() {
        Counter(label: "x", factory: store).increment()
        Meter(label: "x", dimensions: [("a", "b")], factory: store).set(5)
        Timer(label: "x", factory: store).recordSeconds(1)
        #expect(store.snapshot().families.map(\.kind) == [.counter])
        #expect(store.snapshot().families[0].samples.count == 1)
    }

    @Test func `endlessly many label values do not fill the memory`() {
        for index in 0..<(MetricsStore.maximumSeries + 100) {
            Counter(label: "c", dimensions: [("task", "\(index)")], factory: store).increment()
        }
        #expect(store.snapshot().families[0].samples.count == MetricsStore.maximumSeries)
    }

    @Test func `threads lose no count`() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [store] in
                    for _ in 0..<1000 {
                        Counter(label: "c", factory: store).increment()
                        FloatingPointCounter(label: "f", factory: store).increment(by: 0.5)
                        Timer(label: "t", factory: store).recordSeconds(1)
                    }
                }
            }
        }
        #expect(value("c") == .number(8000))
        #expect(value("f") == .number(4000))
        guard case .histogram(let counts, 8000) = value("t") else { return #expect(Bool(false)) }
        #expect(counts.reduce(0, +) == 8000)
    }

    @Test func `a snapshot travels as JSON, infinities included`() throws {
        Counter(label: "c", dimensions: [("k", "v\"\n")], factory: store).increment()
        Timer(label: "t", factory: store).recordSeconds(1)
        Meter(label: "inf", factory: store).set(Double.infinity)
        store.describe("c", "Help.")
        let snapshot = store.snapshot()
        let decoded = try JSONDecoder().decode(MetricsSnapshot.self, from: JSONEncoder().encode(snapshot))
        #expect(decoded == snapshot)
        #expect(decoded.families.first { $0.name == "c" }?.help == "Help.")
    }

    @Test(
        arguments: [
            #"{"families":[{"name":"a","kind":"summary","samples":[]}]}"#,
            #"{"families":[{"name":"a","kind":"gauge","samples":[{"labels":{},"value":{"number":"1e3"}}]}]}"#,
            #"{"families":[{"name":"a","kind":"gauge","samples":[{"labels":{},"value":{}}]}]}"#, #"{"families":"#,
        ])
    func `a broken snapshot is refused`(text: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(MetricsSnapshot.self, from: Data(text.utf8))
        }
    }
}

struct PrometheusTextTests {
    private func family(_ name: String, _ value: Double, _ labels: [String: String] = [:], help: String? = nil)
        -> MetricFamily
    {
        MetricFamily(
            name: name, kind: .gauge, help: help, samples: [MetricSample(labels: labels, value: .number(value))])
    }

    @Test func `families of several workers become one block`() {
        let text = PrometheusText.render([
            (role: "poller", snapshot: MetricsSnapshot(families: [family("b", 1), family("a", 2.5, help: "An a.")])),
            (role: "reporter/slack", snapshot: MetricsSnapshot(families: [family("a", 3, ["x": "y"])])),
        ])
        #expect(
            text == """
                # HELP a An a.
                # TYPE a gauge
                a{worker="poller"} 2.5
                a{worker="reporter/slack",x="y"} 3
                # TYPE b gauge
                b{worker="poller"} 1

                """)
    }

    @Test func `quotes, backslashes and newlines are escaped as the format wants`() {
        let text = PrometheusText.render([
            (
                role: "w",
                snapshot: MetricsSnapshot(families: [family("a", 1, ["l": "q\"b\\n\nz\r"], help: "h\"b\\n\nz")])
            )
        ])
        #expect(text == "# HELP a h\"b\\\\n\\nz\n# TYPE a gauge\na{l=\"q\\\"b\\\\n\\nz\r\",worker=\"w\"} 1\n")
    }

    @Test func `histograms are cumulative`() {
        let sample = MetricSample(labels: ["r": "s"], value: .histogram(counts: [2, 0, 3], sum: 7.25))
        let histogram = MetricFamily(name: "h", kind: .histogram, bounds: [0.5, 1], samples: [sample])
        let text = PrometheusText.render([(role: "w", snapshot: MetricsSnapshot(families: [histogram]))])
        #expect(
            text == """
                # TYPE h histogram
                h_bucket{r="s",worker="w",le="0.5"} 2
                h_bucket{r="s",worker="w",le="1"} 2
                h_bucket{r="s",worker="w",le="+Inf"} 5
                h_sum{r="s",worker="w"} 7.25
                h_count{r="s",worker="w"} 5

                """)
    }

    @Test func `a histogram whose counts do not fit its bounds is left out`() {
        let sample = MetricSample(labels: [:], value: .histogram(counts: [1], sum: 1))
        let histogram = MetricFamily(name: "h", kind: .histogram, bounds: [0.5, 1], samples: [sample])
        let text = PrometheusText.render([(role: "w", snapshot: MetricsSnapshot(families: [histogram]))])
        #expect(text == "# TYPE h histogram\n")
    }

    @Test func `a worker of another opinion about a kind cannot spoil the page`() {
        var counter = family("a", 9)
        counter.kind = .counter
        let text = PrometheusText.render([
            (role: "x", snapshot: MetricsSnapshot(families: [family("a", 1)])),
            (role: "y", snapshot: MetricsSnapshot(families: [counter])),
        ])
        #expect(text == "# TYPE a gauge\na{worker=\"x\"} 1\n")
    }

    @Test func `a worker label of its own is exported`() {
        let text = PrometheusText.render([
            (role: "supervisor", snapshot: MetricsSnapshot(families: [family("restarts", 1, ["worker": "poller"])]))
        ])
        #expect(text.contains("restarts{exported_worker=\"poller\",worker=\"supervisor\"} 1"))
    }

    @Test(
        arguments: [
            (1, "1"), (-3, "-3"), (0.1, "0.1"), (1e15, "1000000000000000.0"), (1.5e300, "1.5e+300"),
            (.infinity, "+Inf"),
            (-.infinity, "-Inf"),
            (.nan, "NaN"), (9.007199254740993e15, "9007199254740992.0"),
        ] as [(Double, String)])
    func `numbers are what Go's ParseFloat reads`(value: Double, expected: String) {
        #expect(PrometheusText.number(value) == expected)
    }

    @Test(
        arguments: [
            ("ok_name:x", "ok_name:x", "ok_name_x"), ("9a", "_9a", "_9a"), ("a-b.c é", "a_b_c__", "a_b_c__"),
            ("", "_", "_"),
            ("a\nb{", "a_b_", "a_b_"),
        ])
    func `names are made valid`(label: String, metric: String, name: String) {
        #expect(PrometheusText.metricName(label) == metric)
        #expect(PrometheusText.labelName(label) == name)
    }
}

struct ProcessMetricsTests {
    @Test func `this process has memory, descriptors and a past`() throws {
        let metrics = try #require(ProcessMetrics.current())
        #expect(metrics.residentBytes > 1_000_000)
        #expect(metrics.virtualBytes >= metrics.residentBytes)
        #expect(metrics.cpuSeconds > 0 && metrics.threads >= 1)
        #expect(try #require(metrics.openDescriptors) >= 1)
        let age = Date().timeIntervalSince1970 - metrics.startTime
        #expect(age > -1 && age < 3600)
        #expect(metrics.families.count == 7)
    }

    @Test func `a program name with blanks and parentheses does not shift the fields`() {
        let text =
            "12 (a) b (c)) S 1 12 12 0 -1 4194304 100 0 0 0 14 15 0 0 20 0 3 0 22000 23000 24 18446744073709551615\n"
        #expect(
            ProcessMetrics.statFields(text)
                == .init(
                    userTicks: 14, systemTicks: 15, threads: 3, startTicks: 22000, virtualBytes: 23000,
                    residentPages: 24))
    }

    @Test(arguments: ["", "12 (a", "12 (a) S 1 2", "12 (a) S x x x x x x x x x x x x x x x x x x x x x x x"])
    func `a truncated or strange file is refused`(text: String) {
        #expect(ProcessMetrics.statFields(text) == nil)
    }
}
