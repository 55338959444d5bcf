import Complaints
import Supervision

/// Appends each report to a file, with one write.
public struct FileReporter: Reporter {
    public static let kind = "file"
    public let credit = 64
    /// Reports stand in the file in the order of the failures.
    public let order = DeliveryOrder.strict

    /// To the byte the original's.
    public static let defaultFormat = FileSettings.defaultFormat

    private let file: ReportFile
    private let format: ReportFormat
    private let place = LocalPlace("the file", role: "reporter/file")

    /// - Throws: when the file cannot be opened or the format cannot be parsed.
    init(_ settings: WorkerSettings) throws {
        format = try ReportFormat(FileSettings.owner, SettingValues(settings.values), mayBeEmpty: true)
        file = try ReportFile(settings.values["file.name"]?.last ?? "")
    }

    /// Whether the file can be written: found out at start-up, not with the first failure.
    static func problem(_ settings: SettingValues) -> Finding? {
        do throws(DeliveryError) {
            try ReportFile.check(settings["file.name"] ?? "")
            return nil
        } catch {
            return Finding(
                .error, "file.name", error.reason, remedy: "name a file in a folder that this user may write to")
        }
    }

    public func position() async -> String? { await file.position }

    public func deliver(_ report: Report) async throws(DeliveryError) -> DeliveryResult {
        // Not by the file's name from a label: a task may not choose what this process writes to.
        let values = report.escaped(ControlCharacters.escapedLine, tails: ControlCharacters.escaped)
        // Labels and the format are the task's, too; their newlines may be meant.
        let text = ControlCharacters.escaped(try format.render(values))
        try await place.take { () async throws(DeliveryError) in try await file.append(text, report) }
        return .delivered
    }
}

/// The settings of the file reporter.
enum FileSettings {
    static let owner = SettingOwner(
        .reporter, "file", summary: "lines appended to a file", settings: settings, keepsOrder: true)

    /// To the byte the original's.
    static let defaultFormat =
        "Task {{ .failure.Name }} ({{ .failure.ID }}) died with status {{ .failure.State }}:{{ .nl }}"
        + "  * {{ .stdoutURL }}{{ .nl }}  * {{ .stderrURL }}{{ .nl }}"

    static let settings = [
        SettingDefinition(
            "file.name", environment: "FILE_NAME", kind: .file, default: "/dev/stderr",
            help: "file to append to; - is standard output"),
        SettingDefinition(
            "file.format", environment: "FILE_FORMAT", kind: .template,
            default: defaultFormat,
            help: "template of the text; {{ .nl }} is a newline"),
    ]
}
