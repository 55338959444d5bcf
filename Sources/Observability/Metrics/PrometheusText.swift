/// The Prometheus text exposition format, version 0.0.4.
public enum PrometheusText {
    /// What `/metrics` says in `Content-Type`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// All series of all processes, each with its `worker` label, but for those without a role; a `worker` label of a
    /// process with a role becomes `exported_worker`.
    ///
    /// Families of the same name become one; when processes disagree on a family's kind, the first one counts and
    /// the series of another kind are left out. The order of the output depends on the content only.
    public static func render(_ snapshots: [(role: String?, snapshot: MetricsSnapshot)]) -> String {
        var merged: [String: MetricFamily] = [:]
        for (role, snapshot) in snapshots {
            for family in snapshot.families {
                var target = merged[family.name] ?? MetricFamily(name: family.name, kind: family.kind, samples: [])
                guard target.kind == family.kind else { continue }
                target.help = target.help ?? family.help
                if target.samples.isEmpty { target.bounds = family.bounds }
                guard target.bounds == family.bounds else { continue }
                target.samples += family.samples.map { labelled($0, worker: role) }
                merged[family.name] = target
            }
        }
        var text = ""
        for (_, family) in merged.sorted(by: { $0.key < $1.key }) { append(family, to: &text) }
        return text
    }

    /// `label` with everything that a metric name cannot hold (`[a-zA-Z_:][a-zA-Z0-9_:]*`) made `_`.
    public static func metricName(_ label: String) -> String { name(label, allowingColons: true) }

    /// `label` with everything that a label name cannot hold (`[a-zA-Z_][a-zA-Z0-9_]*`) made `_`.
    public static func labelName(_ label: String) -> String { name(label, allowingColons: false) }

    /// A number as the format writes it.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }

    private static func append(_ family: MetricFamily, to text: inout String) {
        guard !family.samples.isEmpty else { return }
        if let help = family.help { text += "# HELP \(family.name) \(escaped(help, quotes: false))\n" }
        text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
        for (labels, sample) in family.samples.map({ (sortedLabels($0.labels), $0) }).sorted(by: { $0.0 < $1.0 }) {
            switch sample.value {
            case .number(let value):
                append(family.name, labels, number(value), to: &text)
            case .histogram(let counts, let sum):
                append(family, labels, counts, sum, to: &text)
            }
        }
    }

    private static func append(
        _ family: MetricFamily, _ labels: String, _ counts: [UInt64], _ sum: Double, to text: inout String
    ) {
        let bounds = (family.bounds ?? []) + [.infinity]
        // Counts that came over a channel are not to be trusted to match.
        guard bounds.count == counts.count else { return }
        var total: UInt64 = 0
        for (bound, count) in zip(bounds, counts) {
            total &+= count
            let le = "le=\"\(number(bound))\""
            append(family.name + "_bucket", labels.isEmpty ? le : labels + "," + le, String(total), to: &text)
        }
        append(family.name + "_sum", labels, number(sum), to: &text)
        append(family.name + "_count", labels, String(total), to: &text)
    }

    private static func append(_ name: String, _ labels: String, _ value: String, to text: inout String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    private static func labelled(_ sample: MetricSample, worker: String?) -> MetricSample {
        guard let worker else { return sample }
        var sample = sample
        if let own = sample.labels["worker"] { sample.labels["exported_worker"] = own }
        sample.labels["worker"] = worker
        return sample
    }

    private static func sortedLabels(_ labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value, quotes: true))\"" }
            .joined(separator: ",")
    }

    /// Backslash and newline, and in label values the quote, are escaped; nothing else is.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\"" where quotes: result.append(contentsOf: "\\\"".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    private static func name(_ label: String, allowingColons: Bool) -> String {
        var result = ""
        for scalar in label.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
            case ":" where allowingColons: result.unicodeScalars.append(scalar)
            case "0"..."9":
                if result.isEmpty { result.append("_") }
                result.unicodeScalars.append(scalar)
            default: result.append("_")
            }
        }
        return result.isEmpty ? "_" : result
    }
}
