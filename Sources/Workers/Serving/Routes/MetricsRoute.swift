import Complaints
import FoundationEssentials
import NIOCore
import Observability
import Supervision

extension Route {
    /// The metrics of all workers, each at most some seconds old, in the Prometheus text format; 503 when the dispatcher,
    /// which gathers them, does not answer.
    static let metrics = Route("/metrics") { _, site in
        do throws(AskError) {
            let reports = try await site.dispatcher.answer("metrics", as: [MetricsReport].self)
            let workers = try await site.dispatcher.answer("workers", as: [WorkerReport].self)
            let text = PrometheusText.render(
                [(nil, SupervisionMetrics.snapshot(workers))] + reports.map { ($0.role, snapshot($0)) })
            return Reply(status: .ok, contentType: PrometheusText.contentType, body: ByteBuffer(string: text))
        } catch {
            return .failure("\(error)", status: .serviceUnavailable)
        }
    }

    /// What one worker sent; one that sends nonsense must not hide the others.
    private static func snapshot(_ report: MetricsReport) -> MetricsSnapshot {
        (try? JSONDecoder().decode(MetricsSnapshot.self, from: report.snapshot)) ?? MetricsSnapshot()
    }
}

/// How the workers are, as the supervisor tells it, in metrics.
enum SupervisionMetrics {
    static func snapshot(_ workers: [WorkerReport]) -> MetricsSnapshot {
        MetricsSnapshot(families: [
            MetricFamily(
                name: "complainer_build_info", kind: .gauge, help: "Always 1; the label tells the version.",
                samples: [MetricSample(labels: ["version": Version.number], value: .number(1))]),
            family(
                "complainer_worker_up", .gauge, "Whether the worker is ready to work.", workers
            ) { $0.state == "ready" ? 1 : 0 },
            family(
                "complainer_worker_restarts_total", .counter, "How often the worker had to be started again.", workers
            ) { Double($0.restarts) },
            family(
                "complainer_worker_crash_looping", .gauge, "Whether the worker crashed five times within a minute.",
                workers
            ) { $0.crashLooping ? 1 : 0 },
        ])
    }

    private static func family(
        _ name: String, _ kind: MetricFamily.Kind, _ help: String, _ workers: [WorkerReport],
        value: (WorkerReport) -> Double
    ) -> MetricFamily {
        MetricFamily(
            name: name, kind: kind, help: help,
            samples: workers.map { MetricSample(labels: ["worker": $0.role], value: .number(value($0))) })
    }
}
