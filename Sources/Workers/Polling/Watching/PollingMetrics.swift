import Metrics

/// The poller's numbers for `/metrics`.
struct PollingMetrics {
    private let sessions = [
        DetectionPolicy.Mode.stream: Counter(
            label: "complainer_master_sessions_total", dimensions: [("mode", "stream")]),
        DetectionPolicy.Mode.poll: Counter(label: "complainer_master_sessions_total", dimensions: [("mode", "poll")]),
    ]
    private let failed = Counter(label: "complainer_master_errors_total")
    private let pollTime = Timer(label: "complainer_poll_seconds")
    private let tasks = Gauge(label: "complainer_master_tasks")
    private let isStreaming = Gauge(label: "complainer_detection_streaming")

    /// A master was of use: a stream was subscribed to, or its state was read.
    func began(_ mode: DetectionPolicy.Mode) {
        sessions[mode]?.increment()
        isStreaming.record(mode == .stream ? 1 : 0)
    }

    /// A master was of no use, or took its stream away.
    func failure() { failed.increment() }

    /// A state was read in that time.
    func polled(in time: Duration) { pollTime.record(duration: time) }

    /// - Parameter count: live tasks of a stream's index, or all that a state lists.
    func tasks(_ count: Int) { tasks.record(count) }
}
