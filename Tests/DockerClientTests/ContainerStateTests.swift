import DockerClient
import FoundationEssentials
import Testing

@Suite struct ContainerStateTests {
    @Test func decodesWhatDockerSays() throws {
        let text = """
            {"Status":"exited","Running":false,"OOMKilled":true,"Dead":false,"Pid":0,"ExitCode":137,"Error":"",
             "StartedAt":"2026-11-21T10:00:00.123456789Z","FinishedAt":"2026-11-21T10:00:01.1Z"}
            """
        let state = try JSONDecoder().decode(ContainerState.self, from: Data(text.utf8))
        #expect(state.status == "exited" && state.exitCode == 137 && state.isOutOfMemory)
    }
}
