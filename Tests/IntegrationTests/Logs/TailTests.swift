import Foundation
import Testing

/// Reports carry the last lines also when nothing is saved.
@Suite(.serialized)
struct TailTests {
    @Test func theLastLinesComeWithLinksToTheAgent() async throws {
        try await MesosCluster.with { cluster in
            var options = ComplainerProcess.Options(cluster)
            options.flags = ["-file.format", SavedReport.format, "-tail.lines", "3"]
            try await ComplainerProcess.with(options) { complainer in
                var order = TaskOrder()
                // The task must have written before it is dead: nothing waits for late output here.
                order.plan = "running out:one out:two out:three out:four err:five sleep:1 failed:no_luck"
                let task = try await cluster.launch(order)
                let report = try await SavedReport.of(task, in: complainer)
                #expect(report.stdoutTail == "two\nthree\nfour\n")
                #expect(report.stderrTail.split(separator: "\n").count == 3, "the executor talks, too")
                #expect(report.logsError == "")
                #expect(try await HTTPGet.text(report.stdoutURL).hasSuffix("one\ntwo\nthree\nfour\n"))
            }
        }
    }
}
