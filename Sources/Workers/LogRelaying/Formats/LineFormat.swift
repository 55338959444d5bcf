/// How a line stands in a datagram.
protocol LineFormat: Sendable {
    /// Appends a datagram with as much of the text as fits, and a newline.
    ///
    /// - Returns: how many bytes of the text that was; all of them when it fits.
    func append(_ text: UnsafeRawBufferPointer, time: [UInt8], _ origin: LineOrigin, to target: inout [UInt8]) -> Int

    /// Whether the newline is sent, or only separates lines on standard output.
    var sendsNewline: Bool { get }
}

/// What is the same in all lines of a container.
struct LineContext: Sendable, Equatable {
    var hostname: String
    /// The first 12 digits of its id.
    var container: String
    /// What runs in it.
    var application: String
    /// In the order of the setting; labels that the container does not have are left out.
    var labels: [(name: String, value: String)]
    var maximumDatagram: Int

    /// Bytes of a label's value that are sent.
    static let longestValue = 1024
    /// Room for the text, however long the rest may be.
    static let leastText = 256

    static func == (one: LineContext, other: LineContext) -> Bool {
        one.hostname == other.hostname && one.container == other.container && one.application == other.application
            && one.labels.elementsEqual(other.labels, by: ==) && one.maximumDatagram == other.maximumDatagram
    }
}
