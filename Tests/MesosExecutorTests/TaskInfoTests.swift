import FoundationEssentials
import MesosExecutor
import Testing

@Suite struct TaskInfoTests {
    private func decode(_ text: String) throws -> TaskInfo {
        try JSONDecoder().decode(TaskInfo.self, from: Data(text.utf8))
    }

    @Test func everythingAFrameworkCanSay() throws {
        let task = try decode(
            """
            {"name":"web","task_id":{"value":"web.1"},"agent_id":{"value":"A1"},"data":"eA==","future":{"a":[1]},
             "resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":0.5},"allocation_info":{"role":"*"}},
                          {"name":"cpus","type":"SCALAR","scalar":{"value":0.25}},
                          {"name":"ports","type":"RANGES","ranges":{"range":[{"begin":31000,"end":31001}]}},
                          {"name":"set","type":"SET","set":{"item":["a"]}}],
             "executor":{"type":"CUSTOM","executor_id":{"value":"web.1"},"framework_id":{"value":"F1"},"name":"n",
               "command":{"value":"/opt/executor.sh","user":"root","environment":{"variables":[
                  {"name":"A","type":"VALUE","value":"1"},{"name":"S","type":"SECRET","secret":{"type":"VALUE"}}]}}},
             "command":{"shell":false,"value":"run","arguments":["run","-v"]},
             "container":{"type":"DOCKER","hostname":"h","docker":{"image":"host:5000/web:1","network":"BRIDGE",
                "port_mappings":[{"host_port":31000,"container_port":80,"protocol":"tcp,udp"},{"container_port":9}],
                "privileged":true,"parameters":[{"key":"env","value":"X=1"},{"key":"env","value":"Y"}],
                "force_pull_image":true},
               "volumes":[{"mode":"RO","container_path":"/c","host_path":"/h"},
                 {"mode":"RW","container_path":"/v","source":{"type":"DOCKER_VOLUME","docker_volume":
                   {"driver":"d","name":"vol","driver_options":{"parameter":[{"key":"k","value":"v"}]}}}},
                 {"mode":"RW","container_path":"/s","source":{"type":"SANDBOX_PATH",
                   "sandbox_path":{"type":"SELF","path":"data"}}},
                 {"mode":"RW","container_path":"/p","source":{"type":"HOST_PATH","host_path":{"path":"/etc"}}},
                 {"mode":"RW","container_path":"/x","source":{"type":"SECRET","secret":{}}}],
               "network_infos":[{"name":"weave","ip_addresses":[{"protocol":"IPv4"}],"groups":["g"]}]},
             "labels":{"labels":[{"key":"ServiceName","value":"web"},{"key":"bare"}]},
             "kill_policy":{"grace_period":{"nanoseconds":1500000000}},
             "health_check":{"type":"HTTP","http":{"port":80}},
             "discovery":{"visibility":"CLUSTER","name":"web","environment":"prod"}}
            """)
        #expect(task.name == "web" && task.taskID == "web.1" && task.agentID == "A1")
        #expect(task.scalar("cpus") == 0.75 && task.scalar("mem") == 0)
        #expect(task.resources[2].ranges == [31000...31001])
        #expect(task.executor?.executorID == "web.1" && task.executor?.frameworkID == "F1")
        #expect(task.executor?.command?.environment == [.init("A", "1"), .init("S", nil)])
        #expect(task.executor?.command?.shell == true && task.executor?.command?.user == "root")
        #expect(task.command == CommandInfo(shell: false, value: "run", arguments: ["run", "-v"]))
        #expect(task.label("ServiceName") == "web" && task.label("bare")?.isEmpty == true && task.label("no") == nil)
        #expect(task.killPolicy?.gracePeriod == .milliseconds(1500))
        #expect(task.healthCheckType == "HTTP" && task.discovery?.environment == "prod")
        let container = try #require(task.container)
        #expect(container.hostname == "h" && container.networks == [.init(name: "weave", groups: ["g"])])
        #expect(
            container.docker
                == DockerInfo(
                    image: "host:5000/web:1", network: "BRIDGE",
                    portMappings: [
                        .init(hostPort: 31000, containerPort: 80, protocol: "tcp,udp"), .init(containerPort: 9),
                    ],
                    privileged: true, parameters: [.init("env", "X=1"), .init("env", "Y")], forcePullImage: true))
        #expect(
            container.volumes == [
                .init(containerPath: "/c", hostPath: "/h", isReadOnly: true),
                .init(
                    containerPath: "/v", source: .dockerVolume(name: "vol", driver: "d", options: [.init("k", "v")])),
                .init(containerPath: "/s", source: .sandboxPath("data", type: "SELF")),
                .init(containerPath: "/p", source: .hostPath("/etc")),
                .init(containerPath: "/x", source: .other("SECRET")),
            ])
    }

    @Test func nearlyNothingIsEnough() throws {
        let task = try decode(#"{"task_id":{"value":"t"}}"#)
        #expect(task == TaskInfo(taskID: "t"))
    }

    @Test func withoutAnIdThereIsNoTask() {
        #expect(throws: DecodingError.self) { try decode(#"{"name":"t"}"#) }
    }
}
