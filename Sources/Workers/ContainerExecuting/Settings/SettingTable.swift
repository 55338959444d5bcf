/// All settings: a name, which gives the variable, what it is for, and what its values may be. A new setting is a line here.
enum SettingTable {
    static let all: [SettingDefinition] = [
        .wholeSeconds(
            "KillTaskTimeout", \.killTaskTimeout,
            "seconds from SIGTERM to SIGKILL, unless the task or the kill says otherwise"),
        .duration("HttpTimeout", \.httpTimeout, "of one request to Sidecar", isPositive: true),
        .count("SidecarRetryCount", \.sidecarRetryCount, "tries of one check, or of draining", 0...1000),
        .duration("SidecarRetryDelay", \.sidecarRetryDelay, "between two tries"),
        .text("SidecarUrl", \.sidecarURL, "where Sidecar tells its state"),
        .duration("SidecarBackoff", \.sidecarBackoff, "from the container's start to the first check"),
        .duration("SidecarPollInterval", \.sidecarPollInterval, "between two checks", isPositive: true),
        .count("SidecarMaxFails", \.sidecarMaxFails, "failed checks in a row that are forgiven", 0...1_000_000),
        .duration(
            "SidecarDrainingDuration", \.sidecarDrainingDuration, "from draining in Sidecar to SIGTERM; 0s: no draining"
        ),
        .flag("SeedSidecar", \.seedSidecar, "give the container SIDECAR_SEEDS: all agents' hosts"),
        .text("DockerRepository", \.dockerRepository, "whose login is used for pulling"),
        .duration("LogsSince", \.logsSince, "how old the output may be that a failed task leaves in the sandbox"),
        .flag("ForceCpuLimit", \.forceCPULimit, "give the container no more than its cpus (CFS quota)"),
        .flag("ForceMemoryLimit", \.forceMemoryLimit, "give the container no more than its mem"),
        .flag("UseCpuShares", \.useCPUShares, "with FORCE_CPU_LIMIT: CPU shares, not a quota"),
        .flag("Debug", \.debug, "say more"),
        .count(
            "MesosMasterPort", \.mesosMasterPort, "of the masters that are asked for agents to seed Sidecar", 1...65535),
        .flag("RelaySyslog", \.relaySyslog, "send the container's lines to syslog"),
        .flag("RelaySyslogStartupOnly", \.relaySyslogStartupOnly, "the same, but only for RELAY_SYSLOG_STARTUP_TIME"),
        .duration("RelaySyslogStartupTime", \.relaySyslogStartupTime, "from the container's start"),
        .address("SyslogAddr", \.syslogAddress, "HOST:PORT of the syslog server (UDP)"),
        .flag("ContainerLogsStdout", \.containerLogsStdout, "the container's lines into the executor's stdout"),
        .list("SendDockerLabels", \.sendDockerLabels, "Docker labels that every line carries: NAME,NAME"),
        .text(
            "LogHostname", \.logHostname, "host that lines carry, if not the system's name", aliases: ["LOG_HOSTNAME"]),
        .text("AWSRole", \.awsRole, "role of Vault's AWS engine to get credentials for", variable: "EXECUTOR_AWS_ROLE"),
        .optionalDuration(
            "AWSRoleTTL", \.awsRoleTTL, "how long the task may run with them", variable: "EXECUTOR_AWS_ROLE_TTL"),
        .duration(
            "AWSRoleMaxTTL", \.awsRoleMaxTTL, "no longer than that", isPositive: true,
            variable: "EXECUTOR_AWS_ROLE_MAX_TTL"),
        .name("ContainerNamePrefix", \.containerNamePrefix, "of the container's name"),
        .optionalDuration(
            "StopOnUnhealthyGrace", \.stopOnUnhealthyGrace,
            "from SIGTERM to SIGKILL after failed checks, if not the usual"),
        .word("LogFormat", \.logFormat, "of the executor's own lines: text or json", of: ["text", "json"]),
        .word("SyslogFormat", \.syslogFormat, "json or rfc5424", of: ["json", "rfc5424"]),
        .count("SyslogMaxSize", \.syslogMaxSize, "bytes of a datagram; longer lines are split", 480...65507),
        .count(
            "MaxRestarts", \.maxRestarts, "crashes of a worker in a row until the executor gives up; 0: never",
            0...1_000_000),
        .flag("Restrict", \.restrict, "processes of the executor give up what they do not need"),
    ]
}
