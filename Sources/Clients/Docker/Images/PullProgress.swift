/// What a pull has come to, out of the events of its layers. Does no I/O.
public struct PullProgress: Sendable, Equatable, CustomStringConvertible {
    private struct Layer: Sendable, Equatable {
        var current: Int64 = 0
        var total: Int64 = 0
        var isDone = false
    }
    private var layers: [String: Layer] = [:]
    /// The last line that is about no layer: `Status: Downloaded newer image for …`.
    public private(set) var status = ""

    public init() {}

    public var layersDone: Int { layers.values.count { $0.isDone } }
    public var layerCount: Int { layers.count }
    /// Of the layers whose size is known.
    public var bytesLoaded: Int64 { layers.values.reduce(0) { $0 + $1.current } }
    public var bytesTotal: Int64 { layers.values.reduce(0) { $0 + $1.total } }

    mutating func take(_ event: PullEvent) {
        guard let status = event.status else { return }
        guard let id = event.id, !status.hasPrefix("Pulling from") else {
            self.status = DockerClient.oneLine(status)
            return
        }
        var layer = layers[id] ?? Layer()
        switch status {
        case "Pull complete", "Already exists":
            layer.isDone = true
            layer.current = layer.total
        case "Download complete": layer.current = layer.total
        case "Downloading":
            layer.current = event.current ?? 0
            layer.total = max(event.total ?? 0, layer.current)
        default: break
        }
        layers[id] = layer
    }

    /// `3 of 7 layers, 45.3 of 120.0 MB`
    public var description: String {
        guard layerCount > 0 else { return status }
        let size = bytesTotal > 0 ? ", \(Self.megabytes(bytesLoaded)) of \(Self.megabytes(bytesTotal)) MB" : ""
        return "\(layersDone) of \(layerCount) layers\(size)"
    }

    private static func megabytes(_ bytes: Int64) -> String {
        "\(bytes / 1_000_000).\(bytes % 1_000_000 / 100_000)"
    }
}
