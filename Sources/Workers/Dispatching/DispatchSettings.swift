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
    /// For tasks whose labels say nothing else.
    var flood: FloodLimit
    /// By which keys, of labels, a reporter's places are told apart.
    var destinations: [String: [String]]
    /// Reporters that make all their reports in the order of failure.
    var ordered: Set<String> = []
    /// Instances of a reporter that a task may have.
    var maximumInstances = DispatchSettings.defaultInstances
    /// How agents are asked, in links to them: `http` or `https`.
    var agentsScheme = "http"
    /// The failure that is to be reported as a test; everything else that happens is a test then, too.
    var test: Failure?
    private var labels: LabelResolver

    static let defaultInstances = 16

    init(
        state: String? = nil, name: String = "default", isDefault: Bool = true, reporters: [String],
        catchUp: Duration = .zero, retryFor: Duration = .seconds(24 * 3600), keep: Duration = .seconds(7 * 24 * 3600),
        flood: FloodLimit = .none, destinations: [String: [String]] = [:]
    ) {
        self.state = state
        self.reporters = reporters
        self.catchUp = catchUp
        self.retryFor = retryFor
        self.keep = keep
        self.flood = flood
        self.destinations = destinations
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
            keep: try span("keep", .seconds(7 * 24 * 3600)),
            flood: FloodLimit(
                count: SettingValues(values).integer("flood.limit") ?? 0,
                window: try span("flood.window", FloodLimit.none.window)))
        agentsScheme = text("agents.scheme") ?? agentsScheme
        for name in values[ReservedSetting.destinations] ?? [] {
            let parts = name.split(separator: ".", maxSplits: 1).map { String($0) }
            if parts.count == 2 { destinations[parts[0], default: []].append(parts[1]) }
        }
        ordered = Set(values[ReservedSetting.ordered] ?? [])
        if let count = SettingValues(values).integer("labels.max-instances"), count > 0 { maximumInstances = count }
        guard let document = text(ReservedSetting.test) else { return }
        guard let failure: Failure = try? LedgerTransaction.value(document) else {
            throw .invalid(ReservedSetting.test, document, "a failure as JSON")
        }
        test = failure
        flood = .none
    }

    /// Whether a reporter makes all its reports in the order of failure, so that apps take no turns there.
    func keepsOrder(_ reporter: String) -> Bool { ordered.contains(reporter) }

    /// Who is to be told of this failure: of each reporter the first instances that its labels name.
    func instances(for failure: Failure) -> [(reporter: String, instance: String)] {
        reporters.flatMap { reporter in
            labels.instances(reporter: reporter, labels: failure.labels).prefix(maximumInstances)
                .map { (reporter, $0) }
        }
    }

    /// The instances that labels name beyond what a task may have, by reporter.
    func surplusInstances(of failure: Failure) -> [(reporter: String, instances: [String])] {
        reporters.compactMap { reporter in
            let surplus = labels.instances(reporter: reporter, labels: failure.labels).dropFirst(maximumInstances)
            return surplus.isEmpty ? nil : (reporter, Array(surplus))
        }
    }
}

extension DispatchSettings {
    /// How many identical failures this instance is told one by one. A label that makes no sense is as if it were not
    /// there: a task's owner cannot be told, and must not lose reports.
    func flood(_ failure: Failure, reporter: String, instance: String) -> FloodLimit {
        func label(_ key: String) -> SettingValues {
            let value = labels.sharedValue(key, reporter: reporter, instance: instance, labels: failure.labels)
            return SettingValues(value.map { [key: [$0]] } ?? [:])
        }
        var limit = flood
        if let count = label("flood_limit").integer("flood_limit"), count >= 0 { limit.count = count }
        if let window = label("flood_window").duration("flood_window"), window > .zero { limit.window = window }
        limit.window = min(max(limit.window, FloodLimit.shortest), FloodLimit.longest)
        return limit
    }

    /// What tells apart the ways on which a reporter's reports go: nothing but those labels of the task that say where to.
    /// A hash and not the labels, as these may hold secrets; "" for the settings' own place.
    func route(_ failure: Failure, reporter: String, instance: String) -> String {
        let said = (destinations[reporter] ?? []).compactMap { key in
            labels.value(key, reporter: reporter, instance: instance, labels: failure.labels).map { "\(key)=\($0)" }
        }
        guard !said.isEmpty else { return "" }
        // FNV-1a: the same in every process, unlike Swift's own hashes.
        let hash = said.joined(separator: "\n").utf8
            .reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
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
