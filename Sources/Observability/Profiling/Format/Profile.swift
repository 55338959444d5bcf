/// A profile as pprof knows it: stacks, and what each of them is worth. See `profile.proto` of github.com/google/pprof.
public struct Profile: Codable, Equatable, Sendable {
    /// What a number counts, and in which unit: `cpu`, `nanoseconds`.
    public struct Measure: Codable, Equatable, Sendable {
        public var what: String
        public var unit: String

        public init(_ what: String, _ unit: String) {
            self.what = what
            self.unit = unit
        }
    }

    /// A part of a file that is mapped as code.
    public struct Mapping: Codable, Equatable, Sendable {
        public var start: UInt64
        public var end: UInt64
        public var offset: UInt64
        public var file: String
        /// In hexadecimal digits; empty when the file has none.
        public var buildID: String
        /// Names were found for code in it, so that nobody else needs to look for them.
        public var hasNames: Bool

        public init(start: UInt64, end: UInt64, offset: UInt64, file: String, buildID: String, hasNames: Bool) {
            self.start = start
            self.end = end
            self.offset = offset
            self.file = file
            self.buildID = buildID
            self.hasNames = hasNames
        }
    }

    /// A place in the code, or what stands for one.
    public struct Location: Codable, Hashable, Sendable {
        /// An index of ``Profile/mappings``.
        public var mapping: Int?
        /// 0 when it is no place in the code.
        public var address: UInt64
        /// For people; nil when nothing is known.
        public var name: String?
        /// As it stands in the symbol table.
        public var symbol: String?

        public init(mapping: Int? = nil, address: UInt64 = 0, name: String?, symbol: String? = nil) {
            self.mapping = mapping
            self.address = address
            self.name = name
            self.symbol = symbol
        }
    }

    public struct Label: Codable, Equatable, Sendable {
        public var key: String
        public var value: String

        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    /// A stack.
    public struct Sample: Codable, Equatable, Sendable {
        /// Indices of ``Profile/locations``, the innermost first.
        public var stack: [Int]
        /// One for each of ``Profile/measures``.
        public var values: [Int64]
        public var labels: [Label]

        public init(stack: [Int], values: [Int64], labels: [Label] = []) {
            self.stack = stack
            self.values = values
            self.labels = labels
        }
    }

    public var measures: [Measure]
    /// The measure that pprof shows if nobody asks for another.
    public var mainMeasure: String
    public var samples: [Sample] = []
    public var locations: [Location] = []
    public var mappings: [Mapping] = []
    /// Sentences for whoever reads the profile.
    public var comments: [String] = []
    /// When it was taken, in nanoseconds since 1970.
    public var time: Int64 = 0
    /// Over how many nanoseconds.
    public var duration: Int64 = 0
    /// A sample was taken every so often.
    public var period: Int64 = 0
    public var periodMeasure: Measure?

    public init(measures: [Measure], mainMeasure: String) {
        self.measures = measures
        self.mainMeasure = mainMeasure
    }
}
