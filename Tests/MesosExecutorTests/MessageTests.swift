import FoundationEssentials
import MesosExecutor
import Testing

/// What goes over the wire: events as a real 1.11 agent writes them, calls as it takes them.
@Suite struct MessageTests {
    private func event(_ text: String) throws -> ExecutorEvent {
        try JSONDecoder().decode(ExecutorEvent.self, from: Data(text.utf8))
    }

    @Test func events() throws {
        #expect(
            try event(
                #"{"type":"SUBSCRIBED","subscribed":{"executor_info":{},"agent_info":{"hostname":"h"}}}"#)
                == .subscribed(agentHost: "h"))
        #expect(
            try event(
                #"{"type":"KILL","kill":{"task_id":{"value":"t"},"kill_policy":{"grace_period":{"nanoseconds":2000000000}}}}"#
            ) == .kill(taskID: "t", policy: KillPolicy(gracePeriod: .seconds(2))))
        #expect(try event(#"{"type":"KILL","kill":{"task_id":{"value":"t"}}}"#) == .kill(taskID: "t", policy: nil))
        #expect(
            try event(#"{"type":"ACKNOWLEDGED","acknowledged":{"task_id":{"value":"t"},"uuid":"AA=="}}"#)
                == .acknowledged(taskID: "t", uuid: "AA=="))
        #expect(try event(#"{"type":"SHUTDOWN"}"#) == .shutdown && event(#"{"type":"HEARTBEAT"}"#) == .heartbeat)
        #expect(try event(#"{"type":"ERROR","error":{"message":"m"}}"#) == .error("m"))
        #expect(try event(#"{"type":"MESSAGE","message":{"data":"aGk="}}"#) == .message(bytes: 4))
        #expect(
            try event(
                #"{"type":"LAUNCH_GROUP","launch_group":{"task_group":{"tasks":[{"task_id":{"value":"a"}},{"task_id":{"value":"b"}}]}}}"#
            ) == .launchGroup(taskIDs: ["a", "b"]))
        #expect(try event(#"{"type":"NEWS"}"#) == .unknown("NEWS"))
        #expect(throws: DecodingError.self) { try event(#"{"type":"LAUNCH","launch":{"task":{"name":"x"}}}"#) }
        #expect(throws: DecodingError.self) { try event("{}") }
    }

    @Test func launchedTasksAreKeptWhole() throws {
        let task = #"{"task_id":{"value":"t"},"new":[1,2.5,true,null,"ä",{"big":9007199254740993}]}"#
        guard case .launch("t", let document) = try event(#"{"type":"LAUNCH","launch":{"task":\#(task)}}"#) else {
            Issue.record("no launch")
            return
        }
        let again = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(document))
        #expect(again == document)
        #expect(
            document["new"]
                == .array([
                    .integer(1), .number(2.5), .bool(true), .null, .string("ä"),
                    .object(["big": .integer(9_007_199_254_740_993)]),
                ]))
        #expect(try document.decode(TaskInfo.self).taskID == "t")
    }

    @Test func updates() throws {
        let status = TaskStatus(
            taskID: "t", state: .failed, message: "m", reason: .memoryLimit, healthy: false,
            networks: [NetworkInfo(name: "bridge", ipAddresses: ["172.17.0.2", "fd00::2"])], timestamp: 1.5,
            uuid: "AA==")
        let call = try ExecutorCall.update(status).encoded(frameworkID: "f", executorID: "e")
        #expect(
            String(decoding: call, as: UTF8.self) == """
                {"executor_id":{"value":"e"},"framework_id":{"value":"f"},"type":"UPDATE","update":{"status":{\
                "container_status":{"network_infos":[{"ip_addresses":[{"ip_address":"172.17.0.2","protocol":"IPv4"},\
                {"ip_address":"fd00::2","protocol":"IPv6"}],"name":"bridge"}]},"healthy":false,"message":"m",\
                "reason":"REASON_CONTAINER_LIMITATION_MEMORY","source":"SOURCE_EXECUTOR","state":"TASK_FAILED",\
                "task_id":{"value":"t"},"timestamp":1.5,"uuid":"AA=="}}}
                """)
        let kept = try JSONDecoder().decode(TaskStatus.self, from: JSONEncoder().encode(status))
        #expect(kept == status)
    }

    @Test func subscriptions() throws {
        let status = TaskStatus(taskID: "t", state: .running, timestamp: 1, uuid: "AA==")
        let call = try ExecutorCall.subscribe(tasks: [.object(["name": .string("n")])], updates: [status])
            .encoded(frameworkID: "f", executorID: "e")
        #expect(
            String(decoding: call, as: UTF8.self) == """
                {"executor_id":{"value":"e"},"framework_id":{"value":"f"},"subscribe":{"unacknowledged_tasks":[\
                {"name":"n"}],"unacknowledged_updates":[{"status":{"source":"SOURCE_EXECUTOR","state":"TASK_RUNNING",\
                "task_id":{"value":"t"},"timestamp":1,"uuid":"AA=="}}]},"type":"SUBSCRIBE"}
                """)
    }

    @Test func uuidsAreSixteenBytes() {
        let uuid = TaskStatus.freshUUID()
        #expect(Data(base64Encoded: uuid)?.count == 16)
        #expect(uuid != TaskStatus.freshUUID())
    }

    @Test(arguments: [
        ("15mins", 900.0), ("2secs", 2), ("5.5secs", 5.5), ("250ms", 0.25), ("1hrs", 3600), ("1days", 86400),
        ("0ns", 0), ("1weeks", 604_800),
    ])
    func durations(text: String, seconds: Double) {
        #expect(MesosDuration.parse(text).map { $0 / .seconds(1) } == seconds)
    }

    @Test(arguments: ["", "5", "secs", "-1secs", "5 secs", "5parsecs", "1e300weeks", "nansecs"])
    func noDurations(text: String) {
        #expect(MesosDuration.parse(text) == nil)
    }

    @Test func theEnvironment() throws {
        var variables = [
            "MESOS_AGENT_ENDPOINT": "10.0.0.1:5051", "MESOS_SLAVE_PID": "slave(1)@10.0.0.1:5051",
            "MESOS_FRAMEWORK_ID": "f", "MESOS_EXECUTOR_ID": "e", "MESOS_SANDBOX": "/s", "MESOS_DIRECTORY": "/host/s",
            "MESOS_CHECKPOINT": "1",
            "MESOS_RECOVERY_TIMEOUT": "20mins", "MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD": "5.5secs",
            "MESOS_EXECUTOR_AUTHENTICATION_TOKEN": "jwt",
        ]
        #expect(
            try ExecutorEnvironment(variables)
                == ExecutorEnvironment(
                    endpoint: "10.0.0.1:5051", agentProcess: "slave(1)", frameworkID: "f", executorID: "e",
                    sandbox: "/s", hostSandbox: "/host/s", checkpoint: true, recoveryTimeout: .seconds(1200),
                    shutdownGracePeriod: .milliseconds(5500), authenticationToken: "jwt"))
        variables["MESOS_AGENT_ENDPOINT"] = ""
        #expect(throws: ExecutorEnvironmentError.self) { try ExecutorEnvironment(variables) }
        variables["MESOS_DOMAIN_SOCKET"] = "/var/run/agent.sock"
        #expect(try ExecutorEnvironment(variables).domainSocket == "/var/run/agent.sock")
    }
}
