import DockerClient
import MesosExecutor
import Testing

@testable import ContainerExecuting

/// Tasks and what becomes of them.
enum Sample {
    static let surroundings = ContainerConfiguration.Surroundings(
        frameworkID: "F1", executorID: "E1", sandbox: "/sandbox", taskHost: "host1", hostCPUs: 4)

    static func task(
        _ docker: DockerInfo = DockerInfo(image: "web:1"), volumes: [VolumeInfo] = [], networks: [NetworkInfo] = [],
        labels: [TaskLabel] = [], command: CommandInfo? = nil, executor: CommandInfo? = nil,
        resources: [TaskResource] = []
    ) -> TaskInfo {
        TaskInfo(
            name: "web", taskID: "web.1", resources: resources,
            executor: ExecutorInfo(executorID: "E1", command: executor), command: command,
            container: ContainerInfo(docker: docker, volumes: volumes, networks: networks), labels: labels)
    }

    static func make(
        _ task: TaskInfo, _ settings: ExecutorSettings = ExecutorSettings(),
        in surroundings: ContainerConfiguration.Surroundings = surroundings
    ) throws(ContainerConfigurationError) -> ContainerSpecification {
        try ContainerConfiguration.make(task, settings: settings, in: surroundings)
    }

    static func make(parameters: [(String, String)]) throws(ContainerConfigurationError) -> ContainerSpecification {
        try make(task(DockerInfo(image: "web:1", parameters: parameters.map { .init($0.0, $0.1) })))
    }
}

@Suite struct ContainerConfigurationTests {
    @Test func aTaskOfNothingButAnImage() throws {
        var expected = ContainerSpecification(image: "web:1")
        expected.environment = ["MESOS_HOSTNAME=host1", "SERVICE_VERSION=1"]
        expected.labels = [
            "sidecar-executor.task": "web.1", "sidecar-executor.framework": "F1", "sidecar-executor.executor": "E1",
            "sidecar-executor.sandbox": "/sandbox",
        ]
        expected.host.networkMode = "default"
        #expect(try Sample.make(Sample.task()) == expected)
    }

    @Test func aTaskWithoutAnImageIsRefused() {
        for container in [nil, ContainerInfo(), ContainerInfo(docker: DockerInfo(image: ""))] {
            let task = TaskInfo(taskID: "t", container: container)
            #expect { try Sample.make(task) } throws: { "\($0)".contains("container.docker.image") }
        }
    }

    @Test func theEnvironmentHasItsOrder() throws {
        var surroundings = Sample.surroundings
        surroundings.seeds = ["a", "b"]
        surroundings.credentials = [.init("AWS_ACCESS_KEY_ID", "k"), .init("AWS_SECRET_ACCESS_KEY", "s")]
        let docker = DockerInfo(
            image: "r:5000/web:2.1",
            portMappings: [
                .init(hostPort: 31_001, containerPort: 80), .init(containerPort: 81),
                .init(hostPort: 0, containerPort: 82),
                .init(hostPort: 31_002, containerPort: 53, protocol: "udp"),
            ],
            parameters: [
                .init("env", "A=2"), .init("label", "ServiceName=web"), .init("env", "B=x=y"),
                .init("label", "Environment=prod"),
            ])
        let task = Sample.task(docker, executor: CommandInfo(environment: [.init("A", "1"), .init("EMPTY", "")]))
        #expect(
            try Sample.make(task, in: surroundings).environment == [
                "A=1", "EMPTY=", "A=2", "B=x=y", "SIDECAR_SEEDS=a,b", "AWS_ACCESS_KEY_ID=k", "AWS_SECRET_ACCESS_KEY=s",
                "MESOS_PORT_80=31001", "MESOS_PORT_53=31002", "MESOS_HOSTNAME=host1", "SERVICE_NAME=web",
                "ENVIRONMENT=prod", "SERVICE_VERSION=2.1",
            ])
    }

    @Test func withoutAHostNameTheTasksOwnCounts() throws {
        var surroundings = Sample.surroundings
        surroundings.taskHost = ""
        let task = Sample.task(executor: CommandInfo(environment: [.init("MESOS_HOSTNAME", "own")]))
        #expect(
            try Sample.make(task, in: surroundings).environment == ["MESOS_HOSTNAME=own", "SERVICE_VERSION=1"])
    }

    @Test func aParameterMayNameTheNetworkAsWell() throws {
        let docker = DockerInfo(image: "x", network: "USER", parameters: [.init("network", "weave")])
        #expect(try Sample.make(Sample.task(docker)).host.networkMode == "weave")
    }

    @Test(arguments: [
        ("web", "latest"), ("web:1", "1"), ("host:5000/web", "latest"), ("host:5000/web:3", "3"),
        ("web@sha256:00ff", "sha256:00ff"), ("host:5000/web:3@sha256:00ff", "3"),
    ])
    func theVersionIsTheImagesTag(image: String, version: String) throws {
        let environment = try Sample.make(Sample.task(DockerInfo(image: image))).environment
        #expect(environment.last == "SERVICE_VERSION=\(version)")
    }

    @Test func aSecretOfMesosIsNamed() {
        let task = Sample.task(executor: CommandInfo(environment: [.init("TOKEN", nil)]))
        #expect { try Sample.make(task) } throws: { "\($0)".contains("TOKEN") && "\($0)".contains("vault://") }
    }

    @Test func labelsGoOnAndNameTheTask() throws {
        let labels = try Sample.make(parameters: [
            ("label", "a=1"), ("label", "a=2"), ("label", "bare"), ("label", "eq=x=y"),
            ("label", "executor.ShellCommand=ls"),
            ("label", "sidecar-executor.task=forged"),
        ]).labels
        #expect(
            labels == [
                "a": "2", "bare": "", "eq": "x=y", "sidecar-executor.task": "web.1", "sidecar-executor.framework": "F1",
                "sidecar-executor.executor": "E1", "sidecar-executor.sandbox": "/sandbox",
            ])
    }

    @Test(
        arguments: [
            ("HOST", [], "host"), ("BRIDGE", [], "default"), ("NONE", [], "none"), ("USER", ["weave"], "weave"),
            (nil, [], "default"), (nil, ["weave"], "weave"), ("HOST", ["weave"], "host"),
        ] as [(String?, [String], String)])
    func networks(network: String?, names: [String], expected: String) throws {
        let task = Sample.task(DockerInfo(image: "x", network: network), networks: names.map { NetworkInfo(name: $0) })
        #expect(try Sample.make(task).host.networkMode == expected)
    }

    @Test(arguments: ["USER", "WEAVE"])
    func networksThatCannotBe(network: String) {
        let task = Sample.task(DockerInfo(image: "x", network: network))
        #expect { try Sample.make(task) } throws: { "\($0)".contains(network) }
    }

    @Test func portsAreExposedAndBound() throws {
        let docker = DockerInfo(
            image: "x",
            portMappings: [
                .init(hostPort: 31_000, containerPort: 53, protocol: "tcp,udp"), .init(containerPort: 9),
                .init(hostPort: 31_001, containerPort: 80),
                .init(hostPort: 31_002, containerPort: 80, protocol: " TCP , "),
                .init(hostPort: 31_000, containerPort: 53, protocol: "udp"),
            ])
        let specification = try Sample.make(Sample.task(docker))
        #expect(specification.exposedPorts == ["53/tcp", "53/udp", "9/tcp", "80/tcp"])
        #expect(
            specification.host.portBindings.mapValues { $0.map(\.hostPort) } == [
                "53/tcp": ["31000"], "53/udp": ["31000"], "80/tcp": ["31001", "31002"],
            ])
    }

    @Test(arguments: [
        DockerInfo.PortMapping(containerPort: 0), .init(containerPort: 65_536),
        .init(hostPort: 70_000, containerPort: 1),
        .init(containerPort: 1, protocol: "tcp,icmp"),
    ])
    func portsThatCannotBe(mapping: DockerInfo.PortMapping) {
        let task = Sample.task(DockerInfo(image: "x", portMappings: [mapping]))
        #expect { try Sample.make(task) } throws: { "\($0)".contains("port mapping") }
    }

    @Test func volumes() throws {
        let specification = try Sample.make(
            Sample.task(
                DockerInfo(image: "x"),
                volumes: [
                    .init(containerPath: "/a", hostPath: "/h"),
                    .init(containerPath: "/b", hostPath: "/h", isReadOnly: true),
                    .init(containerPath: "/c", hostPath: "data/x"), .init(containerPath: "/d"),
                    .init(containerPath: "/e", hostPath: "/with:colon", isReadOnly: true),
                    .init(containerPath: "/f", source: .sandboxPath("s", type: "SELF")),
                    .init(containerPath: "/g", source: .hostPath("/etc")),
                    .init(
                        containerPath: "/h", source: .dockerVolume(name: "v", driver: "d", options: [.init("k", "1")])),
                    .init(containerPath: "/i", source: .dockerVolume(name: "w", driver: nil, options: [])),
                ]))
        #expect(
            specification.host.binds == [
                "/h:/a", "/h:/b:ro", "/sandbox/data/x:/c", "/sandbox/s:/f", "/etc:/g",
            ])
        #expect(specification.anonymousVolumes == ["/d"])
        #expect(
            specification.host.mounts == [
                Mount(.bind, source: "/with:colon", target: "/e", isReadOnly: true),
                Mount(.volume(driver: "d", options: ["k": "1"]), source: "v", target: "/h", isReadOnly: false),
                Mount(.volume(driver: nil, options: [:]), source: "w", target: "/i", isReadOnly: false),
            ])
    }

    @Test func withADriverARelativePathIsAName() throws {
        let volume = VolumeInfo(containerPath: "/a", hostPath: "name", isReadOnly: true)
        let expected = Mount(.volume(driver: "rexray", options: [:]), source: "name", target: "/a", isReadOnly: true)
        for docker in [
            DockerInfo(image: "x", volumeDriver: "rexray"),
            DockerInfo(image: "x", parameters: [.init("volume-driver", "rexray")]),
        ] {
            let host = try Sample.make(Sample.task(docker, volumes: [volume])).host
            #expect(host.mounts == [expected] && host.volumeDriver == "rexray" && host.binds == [])
        }
    }

    @Test(arguments: [
        VolumeInfo(containerPath: "relative", hostPath: "/h"), VolumeInfo(containerPath: "/c", hostPath: "../../etc"),
        VolumeInfo(containerPath: "/c", source: .sandboxPath("a/../..", type: nil)),
        VolumeInfo(containerPath: "/c", source: .sandboxPath("a", type: "PARENT")),
        VolumeInfo(containerPath: "/c", source: .other("SECRET")),
    ])
    func volumesThatCannotBe(volume: VolumeInfo) {
        #expect { try Sample.make(Sample.task(volumes: [volume])) } throws: { "\($0)".hasPrefix("volume ") }
    }

    @Test func sidecarIsTurnedOffByADockerLabel() {
        func isWatched(_ labels: String...) -> Bool {
            ContainerConfiguration.isWatchedBySidecar(
                Sample.task(DockerInfo(image: "x", parameters: labels.map { .init("label", $0) })))
        }
        #expect(isWatched() && isWatched("SidecarDiscover=true") && isWatched("SidecarDiscover"))
        for word in ["False", "FALSE", "f", "F", "0"] { #expect(!isWatched("SidecarDiscover=\(word)")) }
        #expect(isWatched("SidecarDiscover=no"))
        #expect(!isWatched("SidecarDiscover=false") && !isWatched("SidecarDiscover=true", "SidecarDiscover=false"))
    }

    @Test func privilegedAndHostname() throws {
        var task = Sample.task(DockerInfo(image: "x", privileged: true))
        task.container?.hostname = "h"
        let specification = try Sample.make(task)
        #expect(specification.host.isPrivileged && specification.hostname == "h")
    }
}
