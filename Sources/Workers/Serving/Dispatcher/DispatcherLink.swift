import Complaints
import FoundationEssentials
import Logging
import Supervision

/// What this worker knows of the dispatcher: asks it, and gets along without it while it is being restarted.
actor DispatcherLink {
    private typealias Channel = MessageChannel<ServerOrder, ServerMessage>
    private typealias Waiter = CheckedContinuation<Result<String, AskError>, Never>

    private let timeout: Duration
    private let logger: Logger
    private var channel: Channel?
    private var pending = PendingAsks<Waiter>()
    private var alarms: [Int64: Task<Void, Never>] = [:]
    private var memory = HealthMemory()
    private var isStopping = false

    /// - Parameter timeout: how long the dispatcher may take for an answer.
    init(timeout: Duration = .seconds(5), logger: Logger) {
        self.timeout = timeout
        self.logger = logger
    }

    /// Takes every channel to a dispatcher that comes, until the task is cancelled; nobody waits for an answer then.
    func run(_ context: WorkerContext) async {
        var receiving: Task<Void, Never>?
        for await peer in context.peers where peer.role == "dispatcher" {
            // There is a new dispatcher, so the one before will answer nothing any more.
            receiving?.cancel()
            let channel = peer.channel(receiving: ServerOrder.self, sending: ServerMessage.self)
            connected(channel)
            receiving = Task { await receive(from: channel, context) }
            // So that there is something to remember even when nobody asks.
            Task { _ = await health() }
        }
        receiving?.cancel()
        isStopping = true
        channel?.close()
        channel = nil
        failAll(.stopping)
    }

    /// Asks for a JSON document.
    func ask(_ what: String) async throws(AskError) -> String {
        guard let channel else { throw isStopping ? .stopping : .away }
        let result = await withCheckedContinuation { waiter in
            guard let number = pending.join(what, waiter) else { return }
            alarms[number] = Task { [timeout] in
                do { try await Task.sleep(for: timeout) } catch { return }
                self.end(number, .failure(.late(timeout)))
            }
            Task {
                do { try await channel.send(.ask(id: number, what: what)) } catch { self.end(number, .failure(.away)) }
            }
        }
        let json = try result.get()
        // Where a document is expected, the dispatcher may also say why there is none.
        if json.hasPrefix("{\"error\""), let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(json.utf8)) {
            throw .refused(refusal.error)
        }
        return json
    }

    /// Asks for a document, and reads it.
    func answer<Answer: Decodable>(_ what: String, as type: Answer.Type) async throws(AskError) -> Answer {
        let json = try await ask(what)
        guard let answer = try? JSONDecoder().decode(type, from: Data(json.utf8)) else { throw .unreadable(what) }
        return answer
    }

    /// Whether a master can be talked to; what was known last when the dispatcher cannot be asked.
    func health() async -> HealthAnswer {
        do throws(AskError) {
            let answer = try await answer("health", as: HealthAnswer.self)
            memory.keep(answer, at: .now)
            return answer
        } catch {
            logger.debug("health from memory: \(error)")
            return memory.verdict(at: .now, because: error)
        }
    }

    private struct Refusal: Decodable { var error: String }

    private func connected(_ new: Channel) {
        channel?.close()
        channel = new
        failAll(.away)
    }

    private func receive(from channel: Channel, _ context: WorkerContext) async {
        do throws(ChannelError) {
            while let order = try await channel.receive() {
                guard case .answer(let number, let json) = order else { continue }
                guard pending.wasAsked(number) else { throw .violation("an answer that nobody asked for") }
                end(number, .success(json))
            }
        } catch .violation(let what) {
            channel.close()
            await context.offender("dispatcher", reason: what)
        } catch {
            logger.debug("the channel to the dispatcher ended: \(error)")
        }
        // Its successor's channel may be there already, with questions of its own.
        guard self.channel === channel else { return }
        self.channel = nil
        failAll(.away)
    }

    private func end(_ number: Int64, _ result: Result<String, AskError>) {
        alarms.removeValue(forKey: number)?.cancel()
        for waiter in pending.end(number) { waiter.resume(returning: result) }
    }

    private func failAll(_ error: AskError) {
        for alarm in alarms.values { alarm.cancel() }
        alarms = [:]
        for waiter in pending.endAll() { waiter.resume(returning: .failure(error)) }
    }
}
