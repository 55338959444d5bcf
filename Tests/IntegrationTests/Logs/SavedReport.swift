import Foundation

/// A report with all that is known about the logs, as the file reporter writes it with ``format``.
struct SavedReport: Sendable {
    var id: String
    var name: String
    var stdoutURL: String
    var stderrURL: String
    var stdoutTail: String
    var stderrTail: String
    var logsError: String

    /// A form, percent-encoded, one a line.
    static let format =
        "{{ urlquery .failure.ID }}&{{ urlquery .failure.Name }}&{{ urlquery .stdoutURL }}&{{ urlquery .stderrURL }}&"
        + "{{ urlquery .failure.StdoutTail }}&{{ urlquery .failure.StderrTail }}&{{ urlquery .failure.LogsError }}"
        + "{{ .nl }}"

    private init?(line: String) {
        let fields = line.split(separator: "&", omittingEmptySubsequences: false).map {
            String($0).replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? "?"
        }
        guard fields.count == 7 else { return nil }
        id = fields[0]
        name = fields[1]
        stdoutURL = fields[2]
        stderrURL = fields[3]
        stdoutTail = fields[4]
        stderrTail = fields[5]
        logsError = fields[6]
    }

    /// All there are so far.
    static func all(in complainer: ComplainerProcess) -> [SavedReport] {
        complainer.reportLines().compactMap(SavedReport.init(line:))
    }

    /// Waits for so many reports of a task.
    static func of(_ task: LaunchedTask, count: Int = 1, in complainer: ComplainerProcess) async throws -> SavedReport {
        try await waitFor("report \(count) of \(task.id)") {
            let reports = all(in: complainer).filter { $0.id == task.id }
            if reports.count >= count { return reports[count - 1] }
            if let exit = complainer.process.exit {
                throw Hopeless(description: "complainer ended: \(exit)\n\(complainer.process.tail)")
            }
            return nil
        }
    }
}

extension ComplainerProcess.Options {
    /// Saves logs in that gateway and writes ``SavedReport``s.
    init(_ cluster: MesosCluster, _ gateway: CephGateway, _ uploader: String, endpoint: String? = nil) {
        self.init(masters: cluster.url, gateway, uploader, endpoint: endpoint)
    }

    /// The same for any masters.
    init(masters: String, _ gateway: CephGateway, _ uploader: String, endpoint: String? = nil) {
        self.init(masters: masters)
        self.uploader = uploader
        flags = ["-file.format", SavedReport.format]
        environment = [
            "S3_ACCESS_KEY": gateway.credentials.accessKey, "S3_SECRET_KEY": gateway.credentials.secretKey,
            "S3_BUCKET": gateway.bucket,
        ]
        let endpoint = endpoint ?? gateway.endpoint
        if uploader == "s3aws" {
            environment["S3_REGION"] = gateway.region
            flags += ["-s3aws.endpoint", endpoint, "-s3aws.path_style=true"]
        } else {
            environment["S3_ENDPOINT"] = endpoint
        }
    }
}
