import Observability

/// What the workers' own metrics mean, for the readers of `/metrics`; those of the process and of the supervisor
/// bring their texts along.
enum MetricHelp {
    static let texts = [
        "complainer_cases": "Failures in the ledger by state.",
        "complainer_collection_seconds": "Time that one try to collect a failure's logs took.",
        "complainer_collections_total":
            "Tries to collect logs: collected, without_logs (they will never be there), retried.",
        "complainer_crashes_with_work_total": "Crashes of a worker that had work of the dispatcher's under way.",
        "complainer_deliveries": "Reports in the ledger by reporter and state.",
        "complainer_deliveries_total":
            "Tries to report: delivered, retried, turned_away (the service is not asked now), held (a summary will tell), "
            + "failed, expired, poisoned.",
        "complainer_detection_streaming":
            "1 while failures are learned from the master's event stream, 0 while polling.",
        "complainer_failures_recorded_total": "Failures written to the ledger.",
        "complainer_failures_skipped_total": "Failures that no reporter is to be told of.",
        "complainer_failures_summarised_total": "Failures that were held in a flood and reported together.",
        "complainer_late_uploads": "Failures that are reported while their logs are still being saved.",
        "complainer_ledger_mode": "Where the ledger is: 0 in its file, 1 in a temporary file, 2 in memory (trouble).",
        "complainer_master_errors_total": "Sessions with a Mesos master that failed or broke off.",
        "complainer_master_reachable": "Whether a leading Mesos master answers.",
        "complainer_master_sessions_total": "Event streams subscribed to, and states read, by mode.",
        "complainer_master_tasks": "Tasks known from the master: live ones of the stream, or all that its state lists.",
        "complainer_poll_seconds": "Time that reading the master's whole state took.",
        "complainer_report_seconds": "Time that one try to report took in the reporter.",
        "complainer_work_quarantined_total": "Pieces of work given up because a worker crashed over them three times.",
    ]

    static func describe(in store: MetricsStore) {
        for (name, text) in texts { store.describe(name, text) }
    }
}
