import ContainerExecuting

/// What `-h` prints.
enum Usage {
    static var text: String {
        let settings = ExecutorSettings.descriptions
        let width = settings.map(\.name.count).max() ?? 0
        let lines = settings.map { setting in
            let name = setting.name + String(repeating: " ", count: width - setting.name.count)
            return "  \(name)  \(setting.help)\(setting.value.isEmpty ? "" : "  [\(setting.value)]")"
        }
        return """
            sidecar-executor runs one Docker container as a Mesos task.

              sidecar-executor            what executor.sh runs, in a task's sandbox
              sidecar-executor cleanup    stops the container of the task TASK_ID, if it still runs
              sidecar-executor cleanup -orphans
                                          stops all containers whose executor is gone
              sidecar-executor version
              sidecar-executor -h

            It reads the agent's MESOS_… variables, DOCKER_HOST, VAULT_ADDR and the like, and these settings (with their
            defaults); durations are written as 30s or 1m30s.

            \(lines.joined(separator: "\n"))
            """
    }
}
