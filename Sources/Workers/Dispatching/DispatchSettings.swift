import Complaints

/// The dispatcher's settings, by the names of the program's flags.
struct DispatchSettings: Sendable {
    /// The directory of the ledger; nil: a private temporary one.
    var state: String?
    var reporters: [String]
    /// Failures of the first snapshot that are younger than this are news.
    var catchUp: Duration
    /// How long a collection or a report is tried.
    var retryFor: Duration
    /// How long a case that ended is kept.
    var keep: Duration
    private var labels: LabelResolver

    init(
        state: String? = nil, name: String = "default", isDefault: Bool = true, reporters: [String],
        catchUp: Duration = .zero, retryFor: Duration = .seconds(24 * 3600), keep: Duration = .seconds(7 * 24 * 3600)
    ) {
        self.state = state
        self.reporters = reporters
        self.catchUp = catchUp
        self.retryFor = retryFor
        self.keep = keep
        labels = LabelResolver(name: name, isDefault: isDefault)
    }

    /// - Parameter values: as in `WorkerSettings`; the last value of a name counts, an empty one as absent.
    init(_ values: [String: [String]]) throws(DispatchSettingsError) {
        func text(_ name: String) -> String? { values[name]?.last.flatMap { $0.isEmpty ? nil : $0 } }
        func span(_ name: String, _ absent: Duration) throws(DispatchSettingsError) -> Duration {
            guard let text = text(name) else { return absent }
            guard let span = SettingValues(values).duration(name), span >= .zero else {
                throw .invalid(name, text, "a duration like 90s, 10m or 24h")
            }
            return span
        }
        let isDefault = text("default") == nil ? true : SettingValues(values).bool("default")
        guard let isDefault else { throw .invalid("default", text("default") ?? "", "true or false") }
        self.init(
            state: text("state"), name: text("name") ?? "default", isDefault: isDefault,
            reporters: (values["reporters"] ?? []).flatMap { $0.split(separator: ",") }.map { String($0).trimmed }
                .filter { !$0.isEmpty },
            catchUp: try span("catch-up", .zero), retryFor: try span("retry-for", .seconds(24 * 3600)),
            keep: try span("keep", .seconds(7 * 24 * 3600)))
    }

    /// Who is to be told of this failure.
    func instances(for failure: Failure) -> [(reporter: String, instance: String)] {
        reporters.flatMap { reporter in
            labels.instances(reporter: reporter, labels: failure.labels).map { (reporter, $0) }
        }
    }
}

/// A setting that cannot be meant.
enum DispatchSettingsError: Error, Equatable, CustomStringConvertible {
    case invalid(_ name: String, _ value: String, _ expected: String)

    var description: String {
        switch self {
        case .invalid(let name, let value, let expected): "-\(name)=\(value): expected \(expected)"
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
