import Logging

/// A place where clients connect.
protocol Listener: Sendable {
    /// What an operator knows it by.
    var what: String { get }
    func open() async throws(ListenError) -> ListeningSocket
    /// Whether clients still find the socket.
    func isStillThere(_ socket: ListeningSocket) -> Bool
    /// Called before the socket is closed because this worker is to stop.
    func remove(_ socket: ListeningSocket)
}

/// Keeps a listener open, whatever happens to it, until the task is cancelled.
struct ListenerKeeper: Sendable {
    let listener: any Listener
    let server: ConnectionServer
    let board: ListenerBoard
    let logger: Logger
    /// The pause after a try that failed: doubled each time up to 32 times as much.
    var pause: Duration = .seconds(1)
    /// How often to look whether clients still find the socket.
    var inspection: Duration

    /// - Parameter tried: called once, when it was tried for the first time, with success or not.
    func run(tried: @Sendable () async -> Void) async {
        var failures = 0
        var complaint: ListenError?
        var isFirst = true
        while !Task.isCancelled {
            do throws(ListenError) {
                let socket = try await listener.open()
                failures = 0
                complaint = nil
                logger.info("listening on \(socket.name)")
                await board.note(listener.what, "listening on \(socket.name)")
                if isFirst { await tried() }
                isFirst = false
                try await serve(socket)
            } catch {
                // Once for each reason, not once for each try.
                logger.log(level: error == complaint ? .debug : .error, "\(error); trying again")
                complaint = error
                await board.note(listener.what, "cannot listen: \(error)")
            }
            if isFirst { await tried() }
            isFirst = false
            if Task.isCancelled { break }
            try? await Task.sleep(for: pause * (1 << min(failures, 5)))
            failures += 1
        }
    }

    /// Serves clients until the socket is lost or the task is cancelled.
    private func serve(_ socket: ListeningSocket) async throws(ListenError) {
        let result = await withTaskGroup(of: Result<Void, ListenError>.self) { group in
            group.addTask {
                do {
                    try await server.run(socket)
                    return .success(())
                } catch {
                    return .failure(ListenError(listener.what, "\(error)"))
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: inspection)
                    if Task.isCancelled { break }
                    guard listener.isStillThere(socket) else {
                        return .failure(ListenError(listener.what, "somebody removed or replaced it"))
                    }
                }
                // Before the server closes it, so that it can be told whose it is.
                listener.remove(socket)
                return .success(())
            }
            let first = await group.next() ?? .success(())
            group.cancelAll()
            return first
        }
        try result.get()
    }
}

/// What all listeners are doing, as the one line that `systemctl status` shows for this worker.
actor ListenerBoard {
    private var notes: [(what: String, text: String)] = []
    private let publish: @Sendable (String) async -> Void

    init(publish: @escaping @Sendable (String) async -> Void) {
        self.publish = publish
    }

    func note(_ what: String, _ text: String) async {
        if let index = notes.firstIndex(where: { $0.what == what }) {
            guard notes[index].text != text else { return }
            notes[index].text = text
        } else {
            notes.append((what, text))
        }
        await publish(notes.map(\.text).joined(separator: "; "))
    }
}
