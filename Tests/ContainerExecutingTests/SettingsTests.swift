import GoNotation
import Testing

@testable import ContainerExecuting

@Suite struct SettingsTests {
    @Test func defaultsAreTheContracts() {
        let listing = Dictionary(uniqueKeysWithValues: ExecutorSettings().listing.map { ($0.name, $0.value) })
        let expected = [
            "KILL_TASK_TIMEOUT": "5", "DEBUG": "false", "HTTP_TIMEOUT": "2s", "MESOS_MASTER_PORT": "5050",
            "SIDECAR_RETRY_COUNT": "5", "RELAY_SYSLOG": "false", "SIDECAR_RETRY_DELAY": "3s",
            "RELAY_SYSLOG_STARTUP_ONLY": "false", "SIDECAR_URL": "http://localhost:7777/state.json",
            "RELAY_SYSLOG_STARTUP_TIME": "1m0s", "SIDECAR_BACKOFF": "1m0s", "SYSLOG_ADDR": "127.0.0.1:514",
            "SIDECAR_POLL_INTERVAL": "30s", "CONTAINER_LOGS_STDOUT": "false", "SIDECAR_MAX_FAILS": "3",
            "SEND_DOCKER_LABELS": "", "SIDECAR_DRAINING_DURATION": "10s", "LOG_HOSTNAME": "",
            "SEED_SIDECAR": "false", "AWS_ROLE": "", "DOCKER_REPOSITORY": "https://index.docker.io/v1/",
            "AWS_ROLE_TTL": "", "LOGS_SINCE": "3m0s", "AWS_ROLE_MAX_TTL": "744h0m0s", "FORCE_CPU_LIMIT": "false",
            "FORCE_MEMORY_LIMIT": "false", "USE_CPU_SHARES": "false", "CONTAINER_NAME_PREFIX": "mesos-",
        ]
        for (name, value) in expected { #expect(listing["EXECUTOR_\(name)"] == value, "\(name)") }
    }

    @Test func valuesAreReadInGosNotation() {
        let (settings, problems) = ExecutorSettings.resolve([
            "EXECUTOR_KILL_TASK_TIMEOUT": "30", "EXECUTOR_SIDECAR_BACKOFF": "1m30s", "EXECUTOR_DEBUG": "T",
            "EXECUTOR_SEND_DOCKER_LABELS": "a, b ,,c", "LOG_HOSTNAME": "h", "EXECUTOR_AWS_ROLE_TTL": "2h",
            "EXECUTOR_HTTP_TIMEOUT": "", "EXECUTOR_CONTAINER_NAME_PREFIX": "task-", "EXECUTOR_LOG_FORMAT": "json",
            "EXECUTOR_SIDECAR_MAX_FAILS": "0",
        ])
        #expect(problems.isEmpty)
        #expect(settings.killTaskTimeout == .seconds(30) && settings.sidecarBackoff == .seconds(90))
        #expect(settings.debug && settings.sendDockerLabels == ["a", "b", "c"] && settings.logHostname == "h")
        #expect(settings.awsRoleTTL == .seconds(7200) && settings.httpTimeout == .seconds(2))
        #expect(settings.containerNamePrefix == "task-" && settings.logFormat == "json")
        #expect(settings.sidecarMaxFails == 0)
        let both = ExecutorSettings.resolve(["LOG_HOSTNAME": "a", "EXECUTOR_LOG_HOSTNAME": "b"])
        #expect(both.settings.logHostname == "b")
    }

    @Test(arguments: [
        ("EXECUTOR_HTTP_TIMEOUT", "2"), ("EXECUTOR_HTTP_TIMEOUT", "0s"), ("EXECUTOR_SIDECAR_BACKOFF", "-1s"),
        ("EXECUTOR_KILL_TASK_TIMEOUT", "soon"), ("EXECUTOR_KILL_TASK_TIMEOUT", "-1"), ("EXECUTOR_DEBUG", "yes"),
        ("EXECUTOR_SIDECAR_RETRY_COUNT", "1.5"), ("EXECUTOR_MESOS_MASTER_PORT", "70000"),
        ("EXECUTOR_CONTAINER_NAME_PREFIX", "-x"), ("EXECUTOR_CONTAINER_NAME_PREFIX", "a b"),
        ("EXECUTOR_LOG_FORMAT", "xml"), ("EXECUTOR_AWS_ROLE_TTL", "1 h"), ("EXECUTOR_SYSLOG_ADDR", "localhost"),
        ("EXECUTOR_SYSLOG_ADDR", ":514"), ("EXECUTOR_SYSLOG_ADDR", "::1:514"), ("EXECUTOR_SYSLOG_ADDR", "[a]:514"),
        ("EXECUTOR_SYSLOG_ADDR", "h:0"), ("EXECUTOR_SYSLOG_ADDR", "udp://h:514"), ("EXECUTOR_SYSLOG_MAX_SIZE", "100"),
    ])
    func problemsNameVariableAndValue(variable: String, value: String) {
        let (settings, problems) = ExecutorSettings.resolve([variable: value])
        #expect(settings == ExecutorSettings())
        #expect(problems.count == 1)
        #expect(problems.first?.description.hasPrefix("\(variable)=\"\(value)\": ") == true)
    }

    @Test(arguments: [
        ("127.0.0.1:514", "127.0.0.1", 514), ("logs.example.com:6514", "logs.example.com", 6514),
        ("[fe80::1%eth0]:514", "fe80::1%eth0", 514),
    ])
    func serversHaveHostAndPort(text: String, host: String, port: Int) {
        let (settings, problems) = ExecutorSettings.resolve(["EXECUTOR_SYSLOG_ADDR": text])
        #expect(problems.isEmpty && settings.syslogAddress == HostAndPort(host: host, port: port))
        #expect(settings.listing.contains { $0.name == "EXECUTOR_SYSLOG_ADDR" && $0.value == text })
    }

    @Test func secretsAreNotShown() {
        let shown = StartUpListing.environment([
            "HOME": "/root", "PATH": "/bin", "MESOS_SANDBOX": "/s", "VAULT_TOKEN": "s.123", "VAULT_USERNAME": "u",
            "VAULT_PASSWORD": "p", "VAULT_ADDR": "https://v", "VAULT_TOKEN_FILE": "/t", "EXECUTOR_X_KEY": "k",
            "MESOS_EXECUTOR_AUTHENTICATION_TOKEN": "j", "EXECUTOR_SECRET_Z": "z", "AWS_SECRET_ACCESS_KEY": "w",
        ])
        #expect(
            shown.map { "\($0.name)=\($0.value)" } == [
                "EXECUTOR_SECRET_Z=***", "EXECUTOR_X_KEY=***", "HOME=/root",
                "MESOS_EXECUTOR_AUTHENTICATION_TOKEN=***", "MESOS_SANDBOX=/s", "VAULT_ADDR=https://v",
                "VAULT_PASSWORD=***", "VAULT_TOKEN=***", "VAULT_TOKEN_FILE=***", "VAULT_USERNAME=***",
            ])
        // `true` must not become `***` in every line of the log.
        #expect(StartUpListing.secrets(in: ["MONKEY": "true", "EXECUTOR_X_KEY": "truer"]) == ["truer"])
    }
}
