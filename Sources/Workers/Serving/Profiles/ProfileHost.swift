import Logging
import Profiling
import Supervision

/// Gives the server the profiles of the process that this runs in: any worker.
public enum ProfileHost {
    /// Answers one question; when the server does not wait for the answer any more, the profile ends.
    public static func serve(_ guest: Peer) async {
        let channel = guest.channel(receiving: ProfileOrder.self, sending: ProfileMessage.self)
        defer { channel.close() }
        do throws(ChannelError) {
            guard case .take(let request)? = try await channel.receive() else { return }
            let work = Task { await ProfilePages.answer(request) }
            let watch = Task {
                // There is nothing more to come but the end.
                _ = try? await channel.receive()
                work.cancel()
            }
            let answer = await work.value
            watch.cancel()
            do throws(ChannelError) {
                try await channel.send(.taken(answer))
            } catch .tooLarge(let count) {
                let line = "The profile of \(count) bytes is too large to be passed on; take a shorter one"
                try await channel.send(.taken(.problem(line, status: 500)))
            }
            try await channel.flush()
        } catch {
            Logger(label: "profiles").debug("the \(guest.role) got no profile: \(error)")
        }
    }
}
