import FoundationEssentials

/// The values of all metrics of one process at one moment, as a worker sends them over its channel.
public struct MetricsSnapshot: Codable, Sendable, Equatable {
    /// The families, sorted by name.
    public var families: [MetricFamily]

    /// A snapshot of these families.
    public init(families: [MetricFamily] = []) {
        self.families = families
    }
}

extension MetricsSnapshot {
    /// As JSON; nil is never seen, as every value has a form in JSON.
    public func encoded() -> [UInt8]? {
        (try? JSONEncoder().encode(self)).map { Array($0) }
    }
}

/// All series that share a name.
public struct MetricFamily: Codable, Sendable, Equatable {
    /// The kinds that Prometheus tells apart here.
    public enum Kind: String, Codable, Sendable {
        /// Only grows, except when the process starts again.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts of observed values by size.
        case histogram
    }

    /// A Prometheus metric name (see ``PrometheusText/metricName(_:)``).
    public var name: String
    /// What kind of values these are.
    public var kind: Kind
    /// One sentence for the reader of `/metrics`.
    public var help: String?
    /// Histograms: the upper bounds of the buckets, ascending, without the last one (infinity).
    public var bounds: [Double]?
    /// The series.
    public var samples: [MetricSample]

    /// A family of series.
    public init(name: String, kind: Kind, help: String? = nil, bounds: [Double]? = nil, samples: [MetricSample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.bounds = bounds
        self.samples = samples
    }

    /// A family with one series without labels.
    public init(name: String, kind: Kind, help: String? = nil, value: Double) {
        self.init(name: name, kind: kind, help: help, samples: [MetricSample(labels: [:], value: .number(value))])
    }
}

/// One series.
public struct MetricSample: Codable, Sendable, Equatable {
    /// Label names and their values.
    public var labels: [String: String]
    /// Its value.
    public var value: MetricValue

    /// A series.
    public init(labels: [String: String], value: MetricValue) {
        self.labels = labels
        self.value = value
    }
}

/// A number, or the counts of a histogram.
public enum MetricValue: Sendable, Equatable {
    /// The value of a counter or gauge.
    case number(Double)
    /// `counts[i]` values were at most `bounds[i]` and over the bound before; the last count is of those over
    /// every bound.
    case histogram(counts: [UInt64], sum: Double)
}

extension MetricValue: Codable {
    private enum CodingKeys: String, CodingKey {
        case number, counts, sum
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let counts = try container.decodeIfPresent([UInt64].self, forKey: .counts) {
            self = .histogram(counts: counts, sum: try Self.decode(.sum, container))
        } else {
            self = .number(try Self.decode(.number, container))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .number(let number):
            try Self.encode(number, .number, &container)
        case .histogram(let counts, let sum):
            try container.encode(counts, forKey: .counts)
            try Self.encode(sum, .sum, &container)
        }
    }

    /// JSON has no infinities and no NaN: they travel as the texts that Prometheus has for them.
    private static func encode(
        _ number: Double, _ key: CodingKeys, _ container: inout KeyedEncodingContainer<CodingKeys>
    ) throws {
        if number.isFinite {
            try container.encode(number, forKey: key)
        } else {
            try container.encode(PrometheusText.number(number), forKey: key)
        }
    }

    private static func decode(_ key: CodingKeys, _ container: KeyedDecodingContainer<CodingKeys>) throws -> Double {
        if let number = try? container.decode(Double.self, forKey: key) { return number }
        switch try container.decode(String.self, forKey: key) {
        case "+Inf": return .infinity
        case "-Inf": return -.infinity
        case "NaN": return .nan
        default:
            throw DecodingError.dataCorruptedError(
                forKey: key, in: container, debugDescription: "neither a number nor +Inf, -Inf or NaN")
        }
    }
}
