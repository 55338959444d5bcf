import Glibc

/// What the kernel says about this process (proc(5)).
public struct ProcessMetrics: Sendable, Equatable {
    /// User and system time of all threads, in seconds.
    public var cpuSeconds: Double
    /// Memory in RAM, in bytes.
    public var residentBytes: Double
    /// Address space, in bytes.
    public var virtualBytes: Double
    /// Threads.
    public var threads: Double
    /// Open file descriptors; nil when `/proc/self/fd` cannot be read.
    public var openDescriptors: Double?
    /// The soft limit of file descriptors.
    public var maximumDescriptors: Double?
    /// When the process started, in seconds since 1970.
    public var startTime: Double

    /// The values of now, or nil where there is no `/proc`.
    public static func current() -> ProcessMetrics? {
        guard let text = readSmallFile("/proc/self/stat"), let fields = statFields(text) else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        var limit = rlimit()
        let hasLimit = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        // /proc/stat has the time of boot, but a hardened unit may hide it; the clocks tell as well.
        let booted = seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME)
        return ProcessMetrics(
            cpuSeconds: (fields.userTicks + fields.systemTicks) / ticks,
            residentBytes: fields.residentPages * Double(sysconf(Int32(_SC_PAGESIZE))),
            virtualBytes: fields.virtualBytes, threads: fields.threads, openDescriptors: countDescriptors(),
            maximumDescriptors: hasLimit ? Double(limit.rlim_cur) : nil, startTime: booted + fields.startTicks / ticks)
    }

    /// The values under the names that Prometheus client libraries give them.
    public var families: [MetricFamily] {
        var families = [
            MetricFamily(
                name: "process_cpu_seconds_total", kind: .counter,
                help: "User and system CPU time spent, in seconds.", value: cpuSeconds),
            MetricFamily(
                name: "process_resident_memory_bytes", kind: .gauge, help: "Resident memory, in bytes.",
                value: residentBytes),
            MetricFamily(
                name: "process_start_time_seconds", kind: .gauge,
                help: "Start of the process, in seconds since 1970.", value: startTime),
            MetricFamily(name: "process_threads", kind: .gauge, help: "Number of threads.", value: threads),
            MetricFamily(
                name: "process_virtual_memory_bytes", kind: .gauge, help: "Address space, in bytes.",
                value: virtualBytes),
        ]
        if let openDescriptors {
            families.append(
                MetricFamily(
                    name: "process_open_fds", kind: .gauge, help: "Open file descriptors.", value: openDescriptors))
        }
        if let maximumDescriptors {
            families.append(
                MetricFamily(
                    name: "process_max_fds", kind: .gauge, help: "Most file descriptors allowed.",
                    value: maximumDescriptors))
        }
        return families
    }

    /// The fields of `/proc/self/stat` that matter here.
    struct StatFields: Equatable {
        var userTicks: Double
        var systemTicks: Double
        var threads: Double
        var startTicks: Double
        var virtualBytes: Double
        var residentPages: Double
    }

    /// The second field is the program's name in parentheses, which may hold blanks and parentheses itself: fields
    /// are counted from the last closing one.
    static func statFields(_ text: String) -> StatFields? {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split { $0 == " " || $0 == "\n" }
        // fields[0] is field 3 of proc(5).
        func field(_ number: Int) -> Double? { number - 3 < fields.count ? Double(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let threads = field(20), let start = field(22),
            let virtual = field(23), let resident = field(24)
        else { return nil }
        return StatFields(
            userTicks: user, systemTicks: system, threads: threads, startTicks: start, virtualBytes: virtual,
            residentPages: resident)
    }

    private static func countDescriptors() -> Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0.0
        while readdir(folder) != nil { count += 1 }
        return count - 3  // ".", "..", and the folder itself
    }

    private static func readSmallFile(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
