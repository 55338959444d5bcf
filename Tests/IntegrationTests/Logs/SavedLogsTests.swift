import Foundation
import Testing

/// The whole way of a log: from the sandbox of a task that died on a real cluster into a real object store, and back
/// through the link in the report.
@Suite(.serialized, .enabled(if: CephGateway.isWanted, "a Ceph gateway needs the packages radosgw, ceph-mon, ceph-osd"))
struct SavedLogsTests {
    @Test("The links of a report give exactly what the task wrote", arguments: ["s3aws", "s3goamz"])
    func links(uploader: String) async throws {
        try await CephGateway.run { gateway in
            try await MesosCluster.with { cluster in
                try await ComplainerProcess.with(.init(cluster, gateway, uploader)) { complainer in
                    var order = TaskOrder()
                    order.name = "web"
                    order.command = Self.noisy("run")
                    let task = try await cluster.launch(order)
                    let report = try await SavedReport.of(task, in: complainer)
                    #expect(report.logsError == "")
                    #expect(report.stdoutURL.hasPrefix(gateway.endpoint))
                    #expect(report.stdoutURL.contains("/complainer/web/"))
                    #expect(report.stdoutURL.contains("-\(task.id)/stdout?"))
                    #expect(report.stdoutTail.hasSuffix("line 29999 of run\n"))
                    #expect(report.stdoutTail.split(separator: "\n").count == 20)
                    #expect(report.stderrTail.contains("last words\n"))
                    let file = Self.expected("run")
                    let stdout = try await HTTPGet.data(report.stdoutURL)
                    // Mesos' own executor, and the kit's, write a few lines too.
                    #expect(stdout.range(of: file) != nil && stdout.count < file.count + 2000)
                    let stderr = try await HTTPGet.text(report.stderrURL)
                    #expect(stderr.contains("last words\n"))
                    // The agent is not needed any more.
                    await cluster.killAgent()
                    #expect(try await HTTPGet.data(report.stdoutURL) == stdout)
                }
            }
        }
    }

    @Test("The check command asks the store, and names what is wrong with bucket and keys")
    func check() async throws {
        try await CephGateway.run { gateway in
            func check(_ changes: [String: String]) async throws -> (exit: ChildProcess.Exit, text: String) {
                let environment = [
                    "S3_ACCESS_KEY": gateway.credentials.accessKey, "S3_SECRET_KEY": gateway.credentials.secretKey,
                    "S3_BUCKET": gateway.bucket, "S3_REGION": gateway.region, "S3_ENDPOINT": gateway.endpoint,
                ].merging(changes) { $1 }
                let process = try ChildProcess(
                    try Checkout.binary("complainer"),
                    ["check", "-masters", "http://127.0.0.1:1", "-uploader", "s3goamz", "-reporters", "file"],
                    name: "check", in: try Scratch.folder("check"), environment: environment)
                let exit = try await process.waitForExit()
                return (exit, try String(contentsOf: process.standardOutput, encoding: .utf8))
            }
            let good = try await check([:])
            #expect(!good.text.contains("s3goamz"), "\(good.text)")
            for (changes, words) in [
                (["S3_SECRET_KEY": "wrong"], "SignatureDoesNotMatch"),
                (["S3_ACCESS_KEY": "NOBODY"], "InvalidAccessKeyId"),
                (["S3_BUCKET": "no-such-bucket"], "NoSuchBucket"),
                (["S3_ENDPOINT": "http://127.0.0.1:1"], "connection refused"),
            ] {
                let bad = try await check(changes)
                #expect(bad.exit == .code(1))
                #expect(bad.text.contains("error: s3goamz.bucket") && bad.text.contains(words), "\(bad.text)")
            }
        }
    }

    /// Writes 30 000 lines, and a byte that is no UTF-8.
    static func noisy(_ word: String) -> String {
        "printf 'odd \\377 byte\\n'; for i in $(seq 0 29999); do echo \"line $i of \(word)\"; done; echo last words >&2; exit 3"
    }

    static func expected(_ word: String) -> Data {
        Data("odd ".utf8) + Data([0xFF]) + Data(" byte\n".utf8)
            + Data((0..<30_000).map { "line \($0) of \(word)\n" }.joined().utf8)
    }
}
