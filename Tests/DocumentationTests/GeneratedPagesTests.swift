import Complaints
import ContainerExecuting
import Reporting
import Testing
import Uploading

@Suite struct GeneratedPagesTests {
    static let registry = SettingsRegistry(
        uploaders: UploaderRegistry.owners, reporters: ReporterRegistry.all.map(\.owner))

    private static let remedy: Comment = """
        The page is stale. To write it again: \
        COMPLAINER_UPDATE_DOCS=1 swift test --disable-xctest --filter DocumentationTests
        """

    @Test func theListOfSettingsIsCurrent() throws {
        let page = SettingsArticle.render(Self.registry)
        #expect(try Documentation.isCurrent("\(Documentation.guides[0])/Settings.md", page), Self.remedy)
    }

    @Test func theReferenceOfTemplatesIsCurrent() throws {
        #expect(
            try Documentation.isCurrent("\(Documentation.guides[0])/Templates.md", TemplateReference.article()),
            Self.remedy)
    }

    @Test func theManualPageOfTheExecutorIsCurrent() throws {
        #expect(try Documentation.isCurrent("deploy/sidecar-executor.1", ExecutorManPage.render()), Self.remedy)
    }

    @Test func theListOfTheExecutorsSettingsIsCurrent() throws {
        let rows = ExecutorSettings.descriptions.map { setting in
            "| `\(setting.name)` | \(setting.value.isEmpty ? "" : "`\(setting.value)`") | \(setting.help) |"
        }
        let page = """
            # Settings of the executor

            Every setting of sidecar-executor with its default and its meaning.

            ## Overview

            Settings are environment variables, in the executor's command or in the agent's environment file. Durations are
            written as in Go: `90s`, `1m30s`. A value that cannot be parsed fails the task; the message names the variable.
            `sidecar-executor -h` prints this list.

            | variable | default | meaning |
            | --- | --- | --- |
            \(rows.joined(separator: "\n"))

            The Docker label `SidecarDiscover=false` turns health checks and draining off for a task.

            """
        #expect(try Documentation.isCurrent("\(Documentation.guides[1])/Executor-settings.md", page), Self.remedy)
    }
}
