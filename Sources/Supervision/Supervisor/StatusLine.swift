/// The one line that `systemctl status` shows.
enum StatusLine {
    static func compose(_ reports: [WorkerReport], stopping: Bool) -> String {
        let up = reports.count(where: { $0.state == "ready" })
        var parts = [
            stopping ? "stopping, \(up) of \(reports.count) workers left" : "\(up) of \(reports.count) workers up"
        ]
        let looping = reports.filter(\.crashLooping)
        if !looping.isEmpty {
            let names = looping.map { "\($0.role) (\($0.lastExit ?? "?"))" }
            parts.append("CRASH LOOP: \(names.joined(separator: ", "))")
        } else if !stopping {
            let down = reports.filter { $0.state != "ready" }.map { "\($0.role) \($0.state)" }
            if !down.isEmpty { parts.append(down.joined(separator: ", ")) }
        }
        parts += reports.compactMap { report in report.status.flatMap { $0.isEmpty ? nil : $0 } }
        return parts.joined(separator: "; ")
    }
}
