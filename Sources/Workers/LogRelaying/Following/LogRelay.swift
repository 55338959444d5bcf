import CProcess
import DockerClient
import Glibc
import Logging
import Observability

/// Follows one container's output from its start to its end, and passes every line on. dockerd may restart, the syslog
/// server may be away, and the process may be killed: the next one goes on where this one was.
actor LogRelay {
    private let settings: RelaySettings
    private let docker: DockerClient
    private let sender: SyslogSender?
    private var output: LogTarget?
    private let logger: Logger
    private let limited: RateLimitedLogger
    private let file: RelayProgressFile?
    private var pipeline: RelayPipeline?
    private var containerID = ""
    /// Datagrams so far, those of split lines included.
    private(set) var lineCount = 0

    /// How long the server's name may be looked up before the first line is lost.
    private static let openLimit: Duration = .seconds(10)
    /// How long it takes at most until a log is read that is there already.
    private static let leastTime: Duration = .seconds(5)
    /// How many entries are asked for first to see whether the end of the log has been missed.
    private static let tail = 64

    init(_ settings: RelaySettings, docker: DockerClient, logger: Logger) {
        self.settings = settings
        self.docker = docker
        self.logger = logger
        limited = RateLimitedLogger(logger, interval: .seconds(60))
        sender = settings.syslog.map { SyslogSender($0, withNewline: settings.format == .json, logger: logger) }
        output = settings.toStdout ? LogTarget(STDOUT_FILENO) : nil
        do {
            file = try RelayProgressFile(settings.progressFile)
        } catch {
            logger.error("a crash would now relay lines twice: \(error)")
            file = nil
        }
    }

    /// Returns when there is nothing left to relay, or when it is cancelled; what has arrived is passed on first.
    func run() async {
        guard access(settings.completionFile, F_OK) != 0 else { return }
        await sender?.open(within: Self.openLimit)
        let finder = ContainerFinder(docker: docker, label: settings.container, logger: limited)
        if let id = await finder.find(), let container = await inspect(id) { await relay(container) }
        await sender?.close()
    }

    private func inspect(_ id: String) async -> ContainerInspection? {
        while !Task.isCancelled {
            do {
                return try await docker.inspect(id)
            } catch {
                if error.kind == .notFound { return nil }
                limited.log(level: .warning, key: "inspect", "\(error)")
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
        return nil
    }

    private func relay(_ container: ContainerInspection) async {
        let until = settings.startupTime.flatMap { span in
            LogTime(rfc3339: container.state.startedAt.utf8).map { $0.later(by: span) }
        }
        let progress = file?.load()
        let old = progress?.container == container.id ? progress?.position : nil
        containerID = container.id
        pipeline = RelayPipeline(
            cursor: LogCursor(resumingAt: old ?? .init()), format: format(for: container),
            maximumDatagram: settings.maximumDatagram, until: until)
        logger.info(
            old == nil ? "relaying the container's output" : "going on with relaying the container's output",
            metadata: ["container": "\(container.shortID)", "to": "\(targets)"])

        // What finding the container needed, lines do not.
        cprocess_release_memory()
        let work = Task { await follow(container.id) }
        // When nothing is written after the time is over, no line tells that it is.
        let alarm = until.map { until in
            Task {
                // One that comes after another still has to read what was before that time.
                let left = max(LogTime.now.duration(to: until) + .seconds(1), Self.leastTime)
                if (try? await Task.sleep(for: left)) != nil { work.cancel() }
            }
        }
        await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            work.cancel()
        }
        alarm?.cancel()
        logger.info("relayed the container's output", metadata: ["lines": "\(lineCount)"])
    }

    private var targets: String {
        [settings.syslog.map(\.description), settings.toStdout ? "stdout" : nil].compactMap { $0 }
            .joined(separator: ", ")
    }

    private func format(for container: ContainerInspection) -> any LineFormat {
        let labels = settings.labels.compactMap { name in container.labels[name].map { (name: name, value: $0) } }
        let context = LineContext(
            hostname: settings.hostname, container: container.shortID,
            application: container.labels["ServiceName"] ?? Self.shortName(ofImage: container.image), labels: labels,
            maximumDatagram: settings.maximumDatagram)
        return settings.format == .json ? JSONFormat(context) : RFC5424Format(context)
    }

    /// `web` for `registry:5000/team/web:1.2`.
    private static func shortName(ofImage image: String) -> String {
        let last = image.split(separator: "/").last ?? ""
        return String(last.prefix { $0 != ":" && $0 != "@" })
    }

    // MARK: Following

    private func follow(_ id: String) async {
        var pause: Duration = .milliseconds(50)
        var isComplete = false
        while !Task.isCancelled {
            let before = lineCount
            do throws(DockerError) {
                if try await docker.inspect(id).state.isRunning {
                    try await read(id, follow: true)
                } else {
                    try await readRest(id)
                    isComplete = true
                }
                if isComplete || pipeline?.isOver == true { break }
            } catch {
                guard !Task.isCancelled, mayGoOn(after: error) else { break }
            }
            pipeline?.cursor.reconnect()
            // Something came since the last time: whatever the trouble was, it is another one now.
            pause = lineCount > before ? .milliseconds(50) : min(pause * 2, .seconds(2))
            try? await Task.sleep(for: pause)
        }
        pipeline?.flush()
        await passOn()
        if isComplete, pipeline?.isOver == false { noteCompletion() }
    }

    /// What the log holds, and with `follow` what comes.
    private func read(_ id: String, follow: Bool, tail: Int? = nil) async throws(DockerError) {
        var log = try await docker.logs(
            id, since: pipeline?.cursor.since, tail: tail, follow: follow, timestamps: true)
        var pace = Pace()
        while let pieces = try await log.next() {
            await take(pieces)
            if pipeline?.isOver == true { return }
            if follow { try? await Task.sleep(for: pace.next(afterEntries: pieces.count)) }
        }
    }

    /// What the end of following has left out: dockerd may end it before it has sent the last entries. Most often that
    /// is nothing, and the end of the log shows it; to find its middle, dockerd would have to read all of it.
    private func readRest(_ id: String) async throws(DockerError) {
        if let since = pipeline?.cursor.since {
            var log = try await docker.logs(id, since: since, tail: Self.tail, timestamps: true)
            var end: [LogPiece] = []
            while let pieces = try await log.next() { end += pieces }
            if end.count(where: \.beginsEntry) < Self.tail {
                await take(end)
                return
            }
        }
        try await read(id, follow: false)
    }

    private func mayGoOn(after error: DockerError) -> Bool {
        if error.isDockerAway || error.isWorthRetrying && !error.message.contains("does not support reading") {
            limited.log(level: .warning, key: "follow", "\(error)")
            return true
        }
        if error.kind == .notFound {
            logger.warning("the container is gone, and so is what it wrote since the last line")
        } else {
            logger.error("the container's output is not relayed: \(error)")
        }
        return false
    }

    // MARK: Passing on

    private func take(_ pieces: [LogPiece]) async {
        for (index, piece) in pieces.enumerated() {
            // The last piece is often a part of an entry.
            if index == pieces.count - 1 { pipeline?.setMark() }
            pipeline?.take(piece)
            if pipeline?.batch.isFull == true { await passOn() }
        }
        await passOn()
    }

    private func passOn() async {
        guard let (batch, mark) = pipeline?.takeBatch(), !batch.isEmpty else { return }
        await sender?.send(batch)
        if output != nil {
            // Not in place: it suspends.
            var output = output
            await output?.write(batch.bytes[...])
            if let problem = output?.problem {
                logger.error("the container's output does not reach stdout any more: \(problem)")
                output = nil
            }
            self.output = output
        }
        lineCount += batch.ends.count
        if let mark { save(mark) }
        pipeline?.reuse(batch)
    }

    private func save(_ mark: LogCursor.Position) {
        do {
            try file?.save(RelayProgress(container: containerID, position: mark))
        } catch {
            logger.error("a crash would now relay lines twice: \(error)")
        }
    }

    private func noteCompletion() {
        let descriptor = open(settings.completionFile, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }
}
