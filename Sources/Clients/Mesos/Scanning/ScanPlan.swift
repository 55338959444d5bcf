/// What is looked for in a JSON document: its shape as far as it matters, with a label at each thing of interest.
///
/// Everything that the shape does not name is skipped, and so is everything of another type than the shape says.
struct ScanPlan<Label: Sendable>: Sendable {
    indirect enum Shape: Sendable {
        /// Of no interest.
        case skip
        /// Handed on as a whole, whatever it is.
        case value(Label)
        /// An object, of which these members matter; a label announces its beginning and its end.
        case object([(String, Shape)], Label? = nil)
        /// An array with elements of this shape.
        case array(of: Shape)
    }

    /// The shapes, flattened: a shape's parts are named by their place in ``nodes``.
    struct Node: Sendable {
        enum Kind: Sendable { case skip, value, object, array }
        var kind: Kind
        var label: Label?
        var element = 0
        var members: [(name: [UInt8], node: Int)] = []
    }
    private(set) var nodes: [Node] = []
    let root: Int
    /// The node of what is not known.
    let skip: Int

    init(_ shape: Shape) {
        var nodes: [Node] = []
        root = Self.add(shape, to: &nodes)
        skip = Self.add(.skip, to: &nodes)
        self.nodes = nodes
    }

    private static func add(_ shape: Shape, to nodes: inout [Node]) -> Int {
        let node: Node
        switch shape {
        case .skip: node = Node(kind: .skip)
        case .value(let label): node = Node(kind: .value, label: label)
        case .object(let members, let label):
            node = Node(
                kind: .object, label: label,
                members: members.map { (name: Array($0.0.utf8), node: add($0.1, to: &nodes)) })
        case .array(let element):
            node = Node(kind: .array, element: add(element, to: &nodes))
        }
        nodes.append(node)
        return nodes.count - 1
    }
}
