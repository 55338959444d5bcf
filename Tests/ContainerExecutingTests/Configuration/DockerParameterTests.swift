import DockerClient
import Foundation
import MesosExecutor
import Testing

@testable import ContainerExecuting

@Suite struct DockerParameterTests {
    /// Each parameter of the table: two values as tasks write them, and what must come of both together.
    private static let cases: [(key: String, values: [String], check: @Sendable (ContainerSpecification) -> Bool)] = [
        ("add-host", ["a:1.2.3.4", "b:::1"], { $0.host.extraHosts == ["a:1.2.3.4", "b:::1"] }),
        ("cap-add", ["NET_ADMIN", "SYS_TIME"], { $0.host.addedCapabilities == ["NET_ADMIN", "SYS_TIME"] }),
        ("cap-drop", ["ALL", "MKNOD"], { $0.host.droppedCapabilities == ["ALL", "MKNOD"] }),
        ("device", ["/dev/fuse", "/dev/a:/dev/b:rw"], { $0.host.devices.map(\.permissions) == ["rwm", "rw"] }),
        ("dns", ["1.1.1.1", "::1"], { $0.host.dns == ["1.1.1.1", "::1"] }),
        ("dns-search", ["a.example", "b.example"], { $0.host.dnsSearch == ["a.example", "b.example"] }),
        ("entrypoint", ["/a", "/b c"], { $0.entrypoint == ["/b c"] }),
        ("group-add", ["audio", "1000"], { $0.host.groups == ["audio", "1000"] }),
        ("hostname", ["a", "b"], { $0.hostname == "b" }),
        ("init", ["false", "true"], { $0.host.hasInit == true }),
        ("ipc", ["private", "host"], { $0.host.ipcMode == "host" }),
        ("log-driver", ["json-file", "journald"], { $0.host.logDriver == "journald" }),
        ("log-opt", ["max-size=10m", "tag=a=b"], { $0.host.logOptions == ["max-size": "10m", "tag": "a=b"] }),
        ("memory-swap", ["1g", "-1"], { $0.host.memoryAndSwap == -1 }),
        ("network", ["a", "b"], { $0.host.networkMode == "b" }),
        ("oom-score-adj", ["1", "-500"], { $0.host.oomScoreAdjustment == -500 }),
        ("pid", ["host", "container:x"], { $0.host.pidMode == "container:x" }),
        ("pids-limit", ["-1", "100"], { $0.host.pidsLimit == 100 }),
        ("read-only", ["false", ""], { $0.host.hasReadOnlyRoot }),
        ("runtime", ["runc", "runsc"], { $0.host.runtime == "runsc" }),
        (
            "security-opt", ["no-new-privileges", "seccomp=unconfined"],
            { $0.host.securityOptions == ["no-new-privileges", "seccomp=unconfined"] }
        ),
        ("shm-size", ["64m", "1g"], { $0.host.sharedMemory == 1 << 30 }),
        ("stop-signal", ["SIGINT", "SIGQUIT"], { $0.stopSignal == "SIGQUIT" }),
        ("storage-opt", ["size=10G", "a=b"], { $0.host.storageOptions == ["size": "10G", "a": "b"] }),
        (
            "sysctl", ["net.core.somaxconn=1024", "kernel.msgmax=1"],
            { $0.host.sysctls == ["net.core.somaxconn": "1024", "kernel.msgmax": "1"] }
        ),
        ("tmpfs", ["/run", "/tmp:size=1m,exec"], { $0.host.tmpfs == ["/run": "", "/tmp": "size=1m,exec"] }),
        ("ulimit", ["nofile=1024:2048", "core=-1"], { $0.host.ulimits.map(\.hard) == [2048, -1] }),
        ("user", ["root", "1000:1000"], { $0.user == "1000:1000" }),
        ("volume-driver", ["local", "rexray"], { $0.host.volumeDriver == "rexray" }),
        ("workdir", ["/a", "/b"], { $0.workingDirectory == "/b" }),
    ]

    @Test func everyParameterIsPassedOn() throws {
        for (key, values, check) in Self.cases {
            let specification = try Sample.make(parameters: values.map { (key, $0) })
            #expect(check(specification), "\(key)")
        }
    }

    @Test func everyParameterHasItsCase() {
        #expect(Set(Self.cases.map(\.key)) == Set(DockerParameter.all.map(\.key)))
        #expect(DockerParameter.all.map(\.key) == DockerParameter.all.map(\.key).sorted())
    }

    @Test(arguments: ["volume", "publish", "Env", "--env", "", "memory"])
    func anUnknownOneFailsTheTaskWithItsName(key: String) {
        #expect { try Sample.make(parameters: [(key, "x")]) } throws: {
            "\($0)".hasPrefix("docker parameter \(key) is not known") && "\($0)".contains("cap-add, cap-drop")
        }
    }

    @Test(arguments: [
        ("cap-add", ""), ("user", ""), ("log-opt", "a"), ("sysctl", "=b"), ("init", "yes"), ("pids-limit", "-2"),
        ("pids-limit", "many"), ("oom-score-adj", "1001"), ("memory-swap", "-2"), ("shm-size", "1x"), ("shm-size", ""),
        ("shm-size", "9999999999g"), ("ulimit", "nofile"), ("ulimit", "=1"), ("ulimit", "nofile=2:1"),
        ("ulimit", "nofile=-1:1"), ("ulimit", "nofile=1:2:3"), ("ulimit", "nofile="), ("device", "fuse"),
        ("device", "/dev/a:x"), ("device", "/dev/a:/dev/b:rx"), ("device", "/a:/b:r:w"), ("tmpfs", "run"),
        ("security-opt", "seccomp=/nowhere.json"), ("security-opt", ""),
    ])
    func aValueThatCannotBeIsNamed(key: String, value: String) {
        #expect { try Sample.make(parameters: [(key, value)]) } throws: {
            "\($0)".hasPrefix("docker parameter \(key)=\(value): ")
        }
    }

    @Test(
        arguments: [
            ("0", 0), ("1024", 1024), ("1b", 1), ("64k", 65_536), ("64m", 64 << 20), ("64M", 64 << 20),
            ("64mb", 64 << 20),
            ("64 MiB", 64 << 20), ("1.5g", 1_610_612_736), ("2T", 2 << 40),
        ] as [(String, Int64)])
    func sizes(text: String, bytes: Int64) throws {
        #expect(try Sample.make(parameters: [("shm-size", text)]).host.sharedMemory == bytes)
    }

    @Test func aProfileIsReadFromItsFile() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "seccomp-\(UUID().uuidString).json")
        try Data(#"{"defaultAction":"SCMP_ACT_ALLOW"}"#.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let host = try Sample.make(parameters: [("security-opt", "seccomp=\(file.path)")]).host
        #expect(host.securityOptions == [#"seccomp={"defaultAction":"SCMP_ACT_ALLOW"}"#])
    }
}
