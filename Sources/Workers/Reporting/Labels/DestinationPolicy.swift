import Complaints

/// Which labels may say where a report goes, and which secrets of the settings go there: `-labels.destinations`.
///
/// The labels of one reporter instance that name a host, what opens it, and rooms there belong together: they are used
/// together, or none of them is, so that no report goes to a room of one service at another.
struct DestinationPolicy: Sendable {
    let mode: LabelDestinations
    private let owner: SettingOwner
    private let values: SettingValues
    private let hosts: [HostPattern]
    private let domains: [HostPattern]

    init(_ owner: SettingOwner, _ values: SettingValues) {
        self.owner = owner
        self.values = values
        mode = values["labels.destinations"].flatMap(LabelDestinations.init) ?? .any
        hosts = HostPattern.list(values.all("labels.allowed-hosts"))
        domains = HostPattern.list(values.all("\(owner.name).allowed-domains"))
    }

    /// The report without labels that may not count, and without secrets that the host may not get.
    func apply(to report: inout Report) {
        guard mode != .any else { return }
        let given = owner.settings.filter { report.label(key($0)) != nil }
        let host = given.first(where: isHost)
        let group = given.filter { isHost($0) || isCredential($0) || isRoom($0, report) }
        if mode == .none {
            checkRecipients(given, &report)
            let url =
                host.flatMap { report.label(key($0)) }
                ?? owner.settings.first(where: isHost).flatMap { values[$0.name] }
            if !group.isEmpty, !hosts.contains(where: { $0.matches(url: url ?? "") }) {
                return leaveOut(group, "the host is not one of -labels.allowed-hosts", &report)
            }
        }
        guard let host, report.label(key(host)) != values[host.name] else { return }
        let secrets = owner.settings.filter { isCredential($0) && report.label(key($0)) == nil }
        if let missing = secrets.first(where: isNeeded) {
            return leaveOut(
                group, "with -labels.destinations=\(mode.rawValue) a host out of a label needs its own \(key(missing))",
                &report)
        }
        for secret in secrets { report.withhold(setting: secret.name) }
    }

    private func checkRecipients(_ given: [SettingDefinition], _ report: inout Report) {
        for definition in given where definition.place == .recipients {
            guard let value = report.label(key(definition)) else { continue }
            let names = value.split(separator: ",").map { part in
                // Behind the last one, as a name may have one, too.
                part.lastIndex(of: "@").map { part[part.index(after: $0)...].filter { !$0.isWhitespace && $0 != ">" } }
            }
            let areAllowed = names.allSatisfy { name in
                name.map { name in domains.contains { $0.matches(host: name) } } ?? false
            }
            if !areAllowed {
                leaveOut([definition], "a domain in it is not one of -\(owner.name).allowed-domains", &report)
            }
        }
    }

    private func leaveOut(_ group: [SettingDefinition], _ reason: String, _ report: inout Report) {
        for definition in group { report.leaveOut(label: key(definition), because: reason) }
    }

    private func key(_ definition: SettingDefinition) -> String {
        String(definition.name.dropFirst(owner.name.count + 1))
    }

    private func isHost(_ definition: SettingDefinition) -> Bool {
        if case .url = definition.kind { definition.isDestination } else { false }
    }

    /// A name counts, too: a user's does not go to a host of somebody else.
    private func isCredential(_ definition: SettingDefinition) -> Bool {
        !isHost(definition) && (definition.isSecret || definition.isDestination && definition.place == nil)
    }

    private func isNeeded(_ definition: SettingDefinition) -> Bool {
        if case .never = definition.required { false } else { true }
    }

    /// Fields name a room only if they are for another project.
    private func isRoom(_ definition: SettingDefinition, _ report: Report) -> Bool {
        guard definition.place == .room else { return false }
        guard case .fields = definition.kind else { return true }
        func project(_ text: String?) -> String? {
            text.flatMap { FieldList.parse($0).fields.first { $0.key == "Project" }?.template }
        }
        return project(report.label(key(definition))) != project(values[definition.name])
    }
}
