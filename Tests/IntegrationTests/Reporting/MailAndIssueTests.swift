import Foundation
import Testing

/// From a task that fails on a real master to the services that are told, through the real program.
@Suite(.serialized, .enabled(if: PythonKit.isWanted, "a mail server needs Tests/Support/python/setup.sh"))
struct MailAndIssueTests {
    @Test func aFailedTaskIsMailedAndHasAnIssue() async throws {
        let jira = try FakeMaster { request in
            switch (request.method, request.path) {
            case ("GET", "/jira/rest/api/2/search"): .json(#"{"total":0,"issues":[]}"#)
            case ("GET", "/jira/rest/api/2/issue/createmeta"):
                .json(
                    #"{"projects":[{"key":"OPS","issuetypes":[{"id":"7","name":"Bug","fields":{"#
                        + #""summary":{"required":true,"name":"Summary","schema":{"type":"string"}},"#
                        + #""description":{"name":"Description","schema":{"type":"string"}}}}]}]}"#)
            case ("POST", "/jira/rest/api/2/issue"): .response(201, Data(#"{"key":"OPS-1"}"#.utf8))
            default: .status(404)
            }
        }
        defer { jira.stop() }
        try await SMTPSink.run { sink in
            try await MesosCluster.with { cluster in
                var options = ComplainerProcess.Options(cluster)
                options.reporters = "email,jira"
                options.environment = [
                    "EMAIL_URL": "smtp://127.0.0.1:\(sink.port)", "EMAIL_FROM": "Complainer <c@example.com>",
                    "EMAIL_TO": "ops@example.com", "JIRA_URL": "\(jira.url)/jira/", "JIRA_USERNAME": "bot",
                    "JIRA_PASSWORD": "jirasecret",
                    "JIRA_FIELDS":
                        "Project:OPS;Issue Type:Bug;Summary:{{ .failure.Name }} died;Description:see {{ .stderrURL }}",
                ]
                try await ComplainerProcess.with(options) { complainer in
                    try await waitUntil("the form, before anything failed") {
                        jira.requests.contains { $0.path.hasSuffix("/createmeta") }
                    }
                    var order = TaskOrder()
                    order.name = "web"
                    order.failoverTimeout = 600
                    let task = try await cluster.launch(order)
                    let mail = try await waitFor("the mail") { try sink.mails.first }
                    #expect(mail.subject == "Task web died with status TASK_FAILED")
                    #expect(mail.text?.contains("Task web (\(task.id)) died with status TASK_FAILED.") == true)
                    let issue = try await waitFor("the issue") { jira.requests.first { $0.method == "POST" } }
                    let sent = String(decoding: issue.body, as: UTF8.self)
                    #expect(sent.contains(#""summary":"web died""#) && sent.contains(#""description":"see http://"#))
                    try await waitUntil("a line with the issue's key") {
                        complainer.log.contains("created the issue OPS-1")
                    }
                    #expect(!complainer.log.contains("jirasecret"))
                }
            }
        }
    }
}
