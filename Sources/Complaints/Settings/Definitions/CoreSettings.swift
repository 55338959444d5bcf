/// The settings of the program itself.
public enum CoreSettings {
    /// Terminal states, and the one that means nobody knows, which may count as failures.
    static let states = [
        "TASK_FAILED", "TASK_ERROR", "TASK_LOST", "TASK_DROPPED", "TASK_GONE", "TASK_GONE_BY_OPERATOR",
        "TASK_UNREACHABLE", "TASK_KILLED",
    ]

    static func owners(uploaders: [String], reporters: [String]) -> [SettingOwner] {
        [
            SettingOwner(
                .core, "General", summary: "", settings: general(uploaders: uploaders, reporters: reporters),
                check: checkGeneral),
            SettingOwner(.core, "Detection", summary: "", settings: detection),
            SettingOwner(.core, "Delivery", summary: "", settings: delivery),
            SettingOwner(.core, "Templates", summary: "", settings: templates),
            SettingOwner(.core, "Labels", summary: "", settings: labels) {
                HostPattern.findings("labels.allowed-hosts", $0)
            },
            SettingOwner(.core, "Logs", summary: "", settings: logs),
            SettingOwner(.core, "Running", summary: "", settings: running),
        ]
    }

    private static func general(uploaders: [String], reporters: [String]) -> [SettingDefinition] {
        [
            SettingDefinition(
                "name", environment: "COMPLAINER_NAME", default: LabelResolver.defaultName,
                help: "instance name, part of the label names", placeholder: "NAME", recipients: .everyone),
            SettingDefinition(
                "default", environment: "COMPLAINER_DEFAULT", kind: .bool, default: "true",
                help: "whether the default instance of each reporter is implicit", recipients: .everyone),
            SettingDefinition(
                "masters", environment: "COMPLAINER_MASTERS", kind: .masters,
                help: "Mesos masters: http://host:port,http://host:port", required: .always,
                recipients: .roles(["poller"])),
            SettingDefinition(
                "uploader", environment: "COMPLAINER_UPLOADER", kind: .word(uploaders),
                help: "where logs are saved: \(uploaders.joined(separator: ", "))", placeholder: "NAME",
                required: .always, recipients: .roles(["uploader"])),
            SettingDefinition(
                "reporters", environment: "COMPLAINER_REPORTERS", kind: .words(reporters),
                help: "who is told, separated by commas: \(reporters.joined(separator: ", "))",
                placeholder: "NAME,…", required: .always, recipients: .roles(["dispatcher"])),
            SettingDefinition(
                "listen", environment: "COMPLAINER_LISTEN", kind: .listener,
                help: "where to serve HTTP; off means not at all; if not set, PORT in the environment means :PORT",
                recipients: .roles(["server"]), fallback: .init(environment: "PORT") { ":" + $0 }),
            SettingDefinition(
                "listen.debug", environment: "COMPLAINER_LISTEN_DEBUG", kind: .bool, default: "true",
                help: "whether profiles (/debug/pprof/) are served there, too, and not on the control socket alone",
                recipients: .roles(["server"])),
        ]
    }

    private static let detection = [
        SettingDefinition(
            "framework-whitelist", environment: "COMPLAINER_FRAMEWORK_WHITELIST", kind: .regexp,
            help: "report only frameworks whose name matches; repeatable, a variable may hold one a line",
            recipients: .roles(["poller", "dispatcher"]), isRepeatable: true, aliases: ["framework-allow"]),
        SettingDefinition(
            "framework-blacklist", environment: "COMPLAINER_FRAMEWORK_BLACKLIST", kind: .regexp,
            help: "ignore frameworks whose name matches, looked at first; repeatable",
            recipients: .roles(["poller", "dispatcher"]), isRepeatable: true, aliases: ["framework-deny"]),
        SettingDefinition(
            "states", environment: "COMPLAINER_STATES", kind: .words(states),
            default: states.prefix(6).joined(separator: ","),
            help: "task states that are failures; TASK_UNREACHABLE and TASK_KILLED can be added",
            placeholder: "STATE,…", recipients: .roles(["poller"])),
        SettingDefinition(
            "detect", environment: "COMPLAINER_DETECT", kind: .word(["auto", "stream", "poll"]), default: "auto",
            help: "how failures are found: the master's event stream, polling, or polling if there is no stream",
            recipients: .roles(["poller"])),
        SettingDefinition(
            "poll-interval", environment: "COMPLAINER_POLL_INTERVAL", kind: .duration(atLeast: 100_000_000),
            default: "5s", help: "time between two polls", recipients: .roles(["poller"])),
        SettingDefinition(
            "catch-up", environment: "COMPLAINER_CATCH_UP", kind: .duration(), default: "0s",
            help: "at the very first start, report failures that are at most this old",
            recipients: .roles(["dispatcher"])),
    ]

    private static let delivery = [
        SettingDefinition(
            "state", environment: "COMPLAINER_STATE", kind: .directory,
            help: "where the ledger is kept; if not set, STATE_DIRECTORY, else a temporary directory",
            recipients: .roles(["dispatcher", "server"]),
            // systemd lists several directories with colons between them.
            fallback: .init(environment: "STATE_DIRECTORY") { String($0.prefix { $0 != ":" }) }),
        SettingDefinition(
            "retry-for", environment: "COMPLAINER_RETRY_FOR", kind: .duration(), default: "24h",
            help: "how long a report is tried again", recipients: .roles(["dispatcher"])),
        SettingDefinition(
            "keep", environment: "COMPLAINER_KEEP", kind: .duration(), default: "168h",
            help: "how long a finished case stays on the status page", recipients: .roles(["dispatcher"])),
        SettingDefinition(
            "flood.limit", environment: "COMPLAINER_FLOOD_LIMIT", kind: .integer(0...1_000_000), default: "0",
            help: "identical failures that an instance of a reporter is told one by one within -flood.window; the rest "
                + "comes in one summary; 0 means all; also by label (flood_limit)",
            recipients: .roles(["dispatcher"])),
        SettingDefinition(
            "flood.window", environment: "COMPLAINER_FLOOD_WINDOW", kind: .duration(atLeast: 1_000_000_000),
            default: "5m", help: "time after which what was held is summarised; also by label (flood_window)",
            recipients: .roles(["dispatcher"])),
    ]

    private static let templates = [
        SettingDefinition(
            "templates.budget", environment: "COMPLAINER_TEMPLATES_BUDGET", kind: .duration(atLeast: 1_000_000),
            default: "100ms",
            help: "CPU time that one rendering of a template may take; a label's format that takes longer is not used",
            recipients: .everyone)
    ]

    private static let labels = [
        SettingDefinition(
            "labels.max-instances", environment: "COMPLAINER_LABELS_MAX_INSTANCES", kind: .integer(1...1000),
            default: "16", help: "instances of one reporter that a task's labels may name; the others get no report",
            recipients: .roles(["dispatcher"])),
        SettingDefinition(
            "labels.destinations", environment: "COMPLAINER_LABELS_DESTINATIONS",
            kind: .word(LabelDestinations.allCases.map(\.rawValue)), default: LabelDestinations.any.rawValue,
            help: "where labels may send reports: any host; own-secrets: any host, but it gets no secret of the "
                + "settings; none: only -labels.allowed-hosts and -email.allowed-domains",
            recipients: .everyone),
        SettingDefinition(
            "labels.allowed-hosts", environment: "COMPLAINER_LABELS_ALLOWED_HOSTS",
            help: "with -labels.destinations=none: hosts that labels may name all the same, separated by commas: "
                + "example.com, example.com:8443, *.example.com",
            placeholder: "HOST,…", recipients: .everyone),
    ]

    private static let logs = [
        SettingDefinition(
            "tail.lines", environment: "COMPLAINER_TAIL_LINES", kind: .integer(0...10_000), default: "20",
            help: "last lines of each log that reports carry", recipients: .roles(["uploader"])),
        SettingDefinition(
            "tail.bytes", environment: "COMPLAINER_TAIL_BYTES", kind: .integer(0...65_535), default: "4096",
            help: "bytes that these lines may have", recipients: .roles(["uploader"])),
        SettingDefinition(
            "logs.max-bytes", environment: "COMPLAINER_LOGS_MAX_BYTES", kind: .integer(2_097_152...68_719_476_736),
            default: "1073741824",
            help: "the most that is saved of one log: of a longer one the first MiB, and the rest from its end",
            recipients: .roles(["uploader"])),
        SettingDefinition(
            "logs.rotated", environment: "COMPLAINER_LOGS_ROTATED", kind: .integer(0...1000), default: "0",
            help: "so many rotated logs (stdout.1, …) are saved with the newest one, the oldest first",
            recipients: .roles(["uploader"])),
        SettingDefinition(
            "logs.gzip", environment: "COMPLAINER_LOGS_GZIP", kind: .bool, default: "false",
            help: "save logs compressed; browsers show them all the same", recipients: .roles(["uploader"])),
        SettingDefinition(
            "upload.patience", environment: "COMPLAINER_UPLOAD_PATIENCE", kind: .duration(), default: "2m",
            help: "how long a report waits for its logs to be saved; saving goes on afterwards, until -retry-for",
            recipients: .roles(["uploader"])),
        SettingDefinition(
            "agents.scheme", environment: "COMPLAINER_AGENTS_SCHEME", kind: .word(["http", "https"]), default: "http",
            help: "how Mesos agents are asked for logs", recipients: .roles(["uploader", "dispatcher"])),
        SettingDefinition(
            "agents.user", environment: "COMPLAINER_AGENTS_USER", help: "user for basic authentication at agents",
            recipients: .roles(["uploader"])),
        SettingDefinition(
            "agents.password", environment: "COMPLAINER_AGENTS_PASSWORD", help: "password of that user",
            isSecret: true, recipients: .roles(["uploader"])),
    ]

    private static let running = [
        SettingDefinition(
            "config", environment: "COMPLAINER_CONFIG", kind: .file,
            help: "file with lines VARIABLE=value, quoted like systemd's EnvironmentFile", recipients: .nobody),
        SettingDefinition(
            "log-format", environment: "COMPLAINER_LOG_FORMAT", kind: .word(["auto", "text", "json", "journal"]),
            default: "auto", help: "how log lines look; auto means journal under systemd, else text",
            recipients: .everyone),
        SettingDefinition(
            "log-level", environment: "COMPLAINER_LOG_LEVEL",
            kind: .word(["trace", "debug", "info", "notice", "warning", "error", "critical"]), default: "info",
            help: "least severity that is logged: trace, debug, info, notice, warning, error, critical",
            recipients: .everyone),
        SettingDefinition(
            "sandbox", environment: "COMPLAINER_SANDBOX", kind: .bool, default: "true",
            help: "whether each worker gives up what its role does not need; false is for kernels or libraries that "
                + "cannot live with it", recipients: .everyone),
        SettingDefinition(
            "user", environment: "COMPLAINER_USER",
            help: "user to become when started as root; systemd's User= does the same", placeholder: "NAME",
            recipients: .nobody),
    ]

    private static func checkGeneral(_ values: SettingValues) -> [Finding] {
        let name = values["name"] ?? ""
        guard name.isEmpty || name.contains(where: { $0 == "=" || $0.isWhitespace }) else { return [] }
        return [
            Finding(
                .error, "name", "\"\(name.shortened(to: 40))\" cannot be part of a label's name",
                remedy: "use letters, digits, dots, dashes and underscores")
        ]
    }
}
