import MesosClient

/// Which master is asked next. Does no I/O.
///
/// The masters of the list are tried one after the other; a redirect leads to one that need not be in the list.
struct MasterRing: Sendable {
    /// How many redirects are followed before the next master of the list is tried.
    static let maximumHops = 3

    let masters: [MasterURL]
    private var position = 0
    private var target: MasterURL?
    private var hops = 0
    private var tried = 0

    /// - Parameter masters: at least one.
    init(_ masters: [MasterURL]) {
        self.masters = masters
    }

    var current: MasterURL { target ?? masters[position] }

    /// The current master says that another one leads.
    ///
    /// - Returns: whether that one is to be asked; otherwise masters send us round in circles.
    mutating func redirected(to master: MasterURL) -> Bool {
        guard hops < Self.maximumHops, master != current else { return false }
        hops += 1
        target = master
        return true
    }

    /// The current master is of no use.
    ///
    /// - Returns: whether all masters have been tried since the last one that answered.
    mutating func failed() -> Bool {
        target = nil
        hops = 0
        position = (position + 1) % masters.count
        tried += 1
        guard tried >= masters.count else { return false }
        tried = 0
        return true
    }

    /// The current master answers, and leads.
    mutating func succeeded() {
        tried = 0
        hops = 0
    }
}
