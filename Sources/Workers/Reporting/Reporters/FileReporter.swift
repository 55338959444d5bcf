import Complaints
import Supervision

/// Appends each report to a file, with one write.
public struct FileReporter: Reporter {
    public static let kind = "file"
    /// One after the other: reports stand in the file in the order of the failures.
    public let credit = 64

    private let file: ReportFile
    private let format: ReportTemplate

    /// - Throws: when the file cannot be opened or the format cannot be parsed.
    init(_ settings: WorkerSettings) throws {
        format = try ReportTemplate(setting: "file.format", settings.values["file.format"]?.last ?? Self.defaultFormat)
        file = try ReportFile(settings.values["file.name"]?.last ?? "/dev/stderr")
    }

    /// To the byte the original's.
    static let defaultFormat =
        "Task {{ .failure.Name }} ({{ .failure.ID }}) died with status {{ .failure.State }}:{{ .nl }}  * {{ .stdoutURL }}{{ .nl }}  * {{ .stderrURL }}{{ .nl }}"

    public func deliver(_ report: Report) async throws(DeliveryError) -> DeliveryResult {
        let text = try format.render(report)
        try await file.append(text, report)
        return .delivered
    }
}
