import Complaints
import MesosClient
import Supervision

/// How failures are found.
public enum DetectMode: String, Sendable {
    /// By the event stream, and by polling while a master refuses it.
    case auto
    /// By the event stream only.
    case stream
    /// By polling only.
    case poll
}

/// What the poller was told, by the names of the flags.
struct PollingSettings: Sendable {
    var masters: [MasterURL]
    var detect: DetectMode
    var pollInterval: Duration
    var states: [String]

    /// The states that count as failures unless `-states` says otherwise.
    static let defaultStates = [
        "TASK_FAILED", "TASK_ERROR", "TASK_LOST", "TASK_DROPPED", "TASK_GONE", "TASK_GONE_BY_OPERATOR",
    ]

    /// - Throws: ``PollingSettingsError`` about the first value that cannot be used.
    init(_ settings: WorkerSettings) throws(PollingSettingsError) {
        func list(_ name: String) -> [String] {
            (settings.values[name] ?? []).flatMap { $0.split(separator: ",") }
                .map { $0.split(separator: " ").joined(separator: " ") }.filter { !$0.isEmpty }
        }
        masters = []
        for text in list("masters") {
            do throws(MasterURL.Invalid) {
                let master = try MasterURL(text)
                if !masters.contains(master) { masters.append(master) }
            } catch {
                // The text itself may hold a password.
                throw PollingSettingsError(setting: "masters", reason: error.description)
            }
        }
        guard !masters.isEmpty else {
            throw PollingSettingsError(setting: "masters", reason: "no Mesos master is named")
        }
        let mode = settings.values["detect"]?.last ?? "auto"
        guard let detect = DetectMode(rawValue: mode) else {
            throw PollingSettingsError(setting: "detect", reason: "\"\(mode)\" is not auto, stream or poll")
        }
        self.detect = detect
        let interval = settings.values["poll-interval"]?.last ?? "5s"
        guard let pollInterval = SettingValues(["poll-interval": [interval]]).duration("poll-interval"),
            pollInterval >= .milliseconds(10)
        else {
            throw PollingSettingsError(
                setting: "poll-interval", reason: "\"\(interval)\" is not a duration of 10ms or more, like 5s")
        }
        self.pollInterval = pollInterval
        let states = list("states")
        self.states = states.isEmpty ? Self.defaultStates : states
    }
}

/// A setting that the poller cannot work with.
struct PollingSettingsError: Error, Equatable, CustomStringConvertible {
    var setting: String
    var reason: String

    var description: String { "-\(setting): \(reason)" }
}
