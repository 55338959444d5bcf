import DockerClient
import MesosExecutor

/// What the task's resources mean for the container's cgroup.
enum LimitRule {
    /// Microseconds.
    static let period: Int64 = 50_000

    static func apply(
        _ task: TaskInfo, _ settings: ExecutorSettings, hostCPUs: Int, to host: inout HostSpecification
    ) {
        let cpus = task.scalar("cpus")
        if settings.forceCPULimit, cpus > 0 {
            if settings.useCPUShares {
                host.cpuShares = shares(cpus: cpus, hostCPUs: hostCPUs)
            } else {
                host.cpuPeriod = period
                // Docker takes no less than a millisecond.
                host.cpuQuota = max(1000, whole(cpus * Double(period)))
            }
        }
        let megabytes = task.scalar("mem")
        if settings.forceMemoryLimit, megabytes > 0 {
            host.memory = whole(megabytes * 1_048_576)
        }
    }

    /// The whole machine has 1024, a task its part of it. Docker takes no less than 2, and 0 for 1024.
    static func shares(cpus: Double, hostCPUs: Int) -> Int64 {
        min(1024, max(2, whole(1024 * cpus / Double(max(1, hostCPUs)))))
    }

    /// Rounded, and kept from being more than there can be.
    private static func whole(_ number: Double) -> Int64 {
        number.isNaN ? 0 : Int64(min(max(0, number.rounded()), 0x1p62))
    }
}
