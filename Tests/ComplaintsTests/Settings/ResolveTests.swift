import Testing

@testable import Complaints

@Suite struct ResolveTests {
    /// Every source has a value; the winners are taken away one by one.
    @Test func precedence() throws {
        var arguments = needed + ["-name=flag"]
        var environment = [
            "CREDENTIALS_DIRECTORY": "/c", "COMPLAINER_NAME": "environment", "COMPLAINER_CONFIG": "/f",
        ]
        var files = ["/c/name": "credential\n", "/f": "# x\nCOMPLAINER_NAME=file\n"]
        func resolved() throws -> ResolvedSetting? {
            try resolve(arguments, environment: environment, files: files).resolved("name")
        }
        #expect(try resolved()?.values == ["flag"])
        #expect(try resolved()?.source == .flag("-name"))
        arguments.removeLast()
        #expect(try resolved()?.values == ["credential"])
        #expect(try resolved()?.source == .credential("name"))
        files["/c/name"] = "\n"
        #expect(try resolved()?.values == ["environment"])
        #expect(try resolved()?.source == .environment("COMPLAINER_NAME"))
        environment["COMPLAINER_NAME"] = ""
        #expect(try resolved()?.values == ["file"])
        #expect(try resolved()?.source == .file(path: "/f", line: 2, name: "COMPLAINER_NAME"))
        environment["COMPLAINER_CONFIG"] = nil
        #expect(try resolved()?.values == ["default"])
        #expect(try resolved()?.source == .byDefault)
    }

    @Test func theLastOfARepeatedFlagWins() throws {
        #expect(try resolve(needed + ["-name=a", "-name=b"]).all["name"] == "b")
    }

    @Test func repeatableSettingsCollect() throws {
        let flags = ["-framework-whitelist=a,b", "-framework-allow=c", "-framework-deny=d"]
        let configuration = try resolve(needed + flags)
        #expect(configuration.all.all("framework-whitelist") == ["a,b", "c"])
        #expect(configuration.all.all("framework-blacklist") == ["d"])
        let variable = try resolve(needed, environment: ["COMPLAINER_FRAMEWORK_WHITELIST": "a\n\nb{1,2}\n"])
        #expect(variable.all.all("framework-whitelist") == ["a", "b{1,2}"])
    }

    @Test func listsAreSplit() throws {
        let configuration = try resolve([
            "-masters= http://a:5050/ ,b:5050,,https://u:p@c/mesos/,b:5050", "-uploader=noop",
            "-reporters=slack, file,slack",
        ])
        #expect(configuration.all.all("masters") == ["http://a:5050/", "b:5050", "https://u:p@c/mesos/"])
        #expect(configuration.reporters == ["slack", "file"])
        #expect(
            configuration.roles == ["dispatcher", "poller", "uploader", "reporter/slack", "reporter/file", "server"])
    }

    @Test func portIsUsedWhenNothingSaysWhereToListen() throws {
        let port = ["PORT": "8080"]
        #expect(try resolve(needed).all["listen"] == nil)
        #expect(try resolve(needed, environment: port).all["listen"] == ":8080")
        #expect(try resolve(needed + ["-listen=[::1]:1"], environment: port).all["listen"] == "[::1]:1")
        #expect(try resolve(needed + ["-listen="], environment: port).all["listen"] == ":8080")
        #expect(try resolve(needed + ["-listen=off"], environment: port).all["listen"] == "off")
        #expect(
            refusal(needed, environment: ["PORT": "tcp://1.2.3.4:80"]).hasPrefix("listen (environment variable PORT): ")
        )
    }

    @Test func theStateDirectoryIsSystemdsFirst() throws {
        let environment = ["STATE_DIRECTORY": "/var/lib/complainer:/var/lib/other"]
        #expect(try resolve(needed, environment: environment).all["state"] == "/var/lib/complainer")
        #expect(try resolve(needed + ["-state=/x"], environment: environment).all["state"] == "/x")
    }

    @Test func variablesMayBeShared() throws {
        let environment = [
            "S3_ACCESS_KEY": "AKIA1", "S3_SECRET_KEY": "secret", "S3_BUCKET": "logs", "S3_REGION": "eu-west-1",
            "S3_ENDPOINT": "https://logs.example.com", "COMPLAINER_MASTERS": "m:1", "COMPLAINER_REPORTERS": "file",
        ]
        for uploader in ["s3aws", "s3goamz"] {
            let configuration = try resolve(["-uploader=\(uploader)"], environment: environment)
            let values = SettingValues(configuration.values(for: "uploader"))
            #expect(values["\(uploader).access_key"] == "AKIA1")
            #expect(values["\(uploader).secret_key"] == "secret")
            #expect(values["\(uploader).bucket"] == "logs")
            #expect(values.duration("\(uploader).timeout") == .seconds(604800))
        }
    }

    @Test func whatIsMissingIsListedAtOnce() {
        #expect(
            refusal([]) == "required settings are missing: give -masters (COMPLAINER_MASTERS), "
                + "-uploader (COMPLAINER_UPLOADER), -reporters (COMPLAINER_REPORTERS)")
        #expect(refusal(["-masters=,", "-uploader=noop", "-reporters="]).contains("-masters"))
        #expect(
            refusal(["-masters=m:1", "-uploader=s3goamz", "-reporters=jira,file"], environment: ["S3_BUCKET": "b"])
                == "required settings are missing: give -s3goamz.access_key (S3_ACCESS_KEY), "
                + "-s3goamz.secret_key (S3_SECRET_KEY), -s3goamz.endpoint (S3_ENDPOINT), -jira.url (JIRA_URL), "
                + "-jira.username (JIRA_USERNAME), -jira.password (JIRA_PASSWORD)")
        #expect(refusal(needed) == "")
    }

    @Test func subcommandsHaveFlagsOfTheirOwn() throws {
        let check = try resolve(needed + ["-offline"], command: "check")
        #expect(check.all.bool("offline") == true)
        let status = try resolve(["-json", "-name=x"], command: "status", requiresAll: false)
        #expect(status.all.bool("json") == true && status.all["name"] == "x")
        let report = try resolve(needed + ["-label", "a=b", "-label=c=d"], command: "test-report")
        #expect(report.all.all("label") == ["a=b", "c=d"])
        #expect(throws: UsageError.self) { try resolve(needed + ["-json"], command: "check") }
    }

    @Test func aBadValueNamesSettingSourceAndRemedy() {
        #expect(
            refusal(needed, environment: ["COMPLAINER_DEFAULT": "yes"])
                == #"default (environment variable COMPLAINER_DEFAULT): "yes" is not a boolean; use true or false"#)
        #expect(refusal(needed + ["-default="]).hasPrefix("default (flag -default): "))
        #expect(
            refusal(needed + ["-keep=7d"])
                == #"keep (flag -keep): "7d" is not a duration; days are not known, use hours: 168h is a week"#)
        #expect(refusal(needed + ["-catch-up=-1s"]).contains("less than 0s"))
        #expect(refusal(["-reporters=slak"] + needed.prefix(2)).contains("did you mean slack?"))
        #expect(refusal(["-masters=zk://zk:2181/mesos"]).contains("ZooKeeper"))
        #expect(
            refusal(needed + ["-config=/f"], files: ["/f": "\nCOMPLAINER_DETECT=often"])
                == #"detect (/f:2, COMPLAINER_DETECT): "often" is not known; use auto, stream or poll"#)
        #expect(
            refusal(needed, environment: ["CREDENTIALS_DIRECTORY": "/c"], files: ["/c/log-level": "loud\n"])
                .hasPrefix("log-level (credential log-level): "))
    }

    @Test func aConfigurationFileThatCannotBeUsedExitsWith1() {
        #expect(refusal(needed + ["-config=/f"]) == "/f: there is no such file; give the right path with -config")
        #expect(refusal(needed + ["-config=/f"], files: ["/f": "A"]).hasPrefix("/f:1: not NAME=value; "))
        #expect(
            refusal(needed + ["-config=/f"], files: ["/f": "\nCOMPLAINER_MASTER=x\n"])
                == "/f:2: COMPLAINER_MASTER is not known; did you mean COMPLAINER_MASTERS?")
        #expect(
            refusal(needed + ["-config=/f"], files: ["/f": "COMPLAINER_OPTIONS=-config /g\n"])
                .hasSuffix("; it is for complainer.service: give the flags that stand there, in place of -config"))
        #expect(UsageError.file("").exitCode == 1 && !UsageError.file("").showsUsage)
        #expect(UsageError.usage("").exitCode == 2 && UsageError.usage("").showsUsage)
        struct Denied: Error, CustomStringConvertible { let description = "Permission denied" }
        #expect(throws: UsageError.file("/f: cannot be read: Permission denied")) {
            try Configuration.resolve(arguments: needed + ["-config=/f"], environment: [:], registry: .standard) { _ in
                throw Denied()
            }
        }
    }

    @Test func aVariableThatMeansNothingIsAWarning() throws {
        let configuration = try resolve(needed, environment: ["COMPLAINER_MASTER": "x", "HOME": "/"])
        #expect(configuration.warnings.map(\.setting) == ["COMPLAINER_MASTER"])
        #expect(configuration.warnings.first?.remedy == "did you mean COMPLAINER_MASTERS?")
    }
}
