import Complaints
import HTTPClient
import Logging
import MesosClient
import ObjectStorage

/// Streams the logs of failed tasks from their agents into an object store, and links to them there.
///
/// Cases wait here for their agent (one case at a time each), then for one of a few places; only who has a place holds
/// more than a few kilobytes. Whoever cannot go on, because of its agent or because of the store, is given back and
/// comes again; a report waits for its logs as long as ``LogSettings/patience``, and for an agent that is not there not
/// even that long.
final class StoreUploader: Uploader {
    /// More than are worked on: those that wait for an agent must not keep the others out.
    let credit = 256

    private let locator: SandboxLocator
    private let store: ObjectStore
    private let uploader: LogUploader
    private let key: KeyTemplate
    private let lifetime: Duration
    private let settings: LogSettings
    private let tails: TailReader
    private let queue = AgentQueue()
    private let places = TransferPlaces()
    private let health: StoreHealth
    private let leftovers: Leftovers

    /// How long a report waits for an agent that cannot be talked to: it may just be restarting.
    private static let patienceWithAgents = Duration.seconds(30)
    /// What was recorded long ago, before a restart, gets at least so long.
    private static let grace = Duration.seconds(5)
    /// Somebody has just been told that the task is dead: it may still be writing.
    private static let fresh = 10.0
    /// Cases that were recorded before this may have been in other hands.
    private let began = ContinuousClock.now

    init(
        http: HTTPClient, target: StoreTarget, access: AgentAccess, settings: LogSettings, logger: Logger,
        retry: RetryPolicy = RetryPolicy(), health: StoreHealth = StoreHealth()
    ) {
        locator = SandboxLocator(http: http, access: access)
        store = target.store(http: http)
        self.health = health
        key = target.key
        lifetime = target.lifetime
        self.settings = settings
        tails = TailReader(settings.tail, patience: settings.tailPatience)
        let leftovers = Leftovers(store, logger: logger)
        self.leftovers = leftovers
        uploader = LogUploader(
            store, retry: retry, sending: Turns(limit: TransferPlaces.limit),
            leftBehind: { key, error in
                logger.debug("parts of an upload may be left in the store: \(error)")
                Task { await leftovers.add(key) }
            })
    }

    /// Why a case cannot go on now.
    private enum Trouble: Error {
        case agent(AgentError)
        case store(ObjectStoreError)
        case agentBusy(AgentQueue.TurnedAway)
        case storeDown(StoreHealth.Closed)
        case busy(String, retryAfter: Duration)
        /// Another try would not help.
        case lost(String)
        case cancelled

        /// There is no use in asking the agent for anything now.
        var agentIsSilent: Bool {
            switch self {
            case .agent(.silent): true
            case .agentBusy(let turn): turn.isHung
            case .agent, .store, .storeDown, .busy, .lost, .cancelled: false
            }
        }
    }

    func collect(
        _ failure: Failure, _ standing: CollectionStanding, preliminary: @escaping @Sendable (Evidence) async -> Void
    ) async throws(UploadError) -> Evidence {
        let start = ContinuousClock.now
        let age = Duration.seconds(standing.age)
        let known = Known(
            locator.guess(failure, doubt: nil), hasPast: standing.attempts > 0 || age > start - began)
        let alarm = Task { () -> Bool in
            guard !standing.isReported else { return false }
            guard (try? await Task.sleep(for: max(Self.grace, settings.patience - age))) != nil else { return false }
            await preliminary(
                await tails.complete(
                    await known.sandbox.evidence(
                        "the logs are still being saved; the links lead to the agent until then"),
                    from: await known.sandbox, of: failure.agentID))
            return true
        }
        let outcome: Result<Evidence, Trouble>
        do throws(Trouble) {
            outcome = .success(try await save(failure, standing, known))
        } catch {
            outcome = .failure(error)
        }
        if known.hasPast { sweep(failure) }
        alarm.cancel()
        let isReported = await alarm.value || standing.isReported
        let trouble: Trouble
        switch outcome {
        case .success(let evidence): return evidence
        case .failure(let error): trouble = error
        }
        if trouble.agentIsSilent { tails.leaveAlone(failure.agentID) }
        let (reason, patience, retryAfter) = judge(trouble, failure)
        let sandbox = await known.sandbox
        let problem =
            "the logs could not be saved: \(reason)" + (sandbox.isNowhere ? "" : "; the links lead to the agent")
        guard let patience else {
            return await tails.complete(sandbox.evidence(problem), from: sandbox, of: failure.agentID)
        }
        guard !isReported else { throw UploadError(reason, retryAfter: retryAfter?.inSeconds) }
        let left = patience - age - (ContinuousClock.now - start)
        guard left <= .zero else {
            let pause = retryAfter ?? .seconds(1 << min(standing.attempts, 8))
            throw UploadError(reason, retryAfter: min(pause, left).inSeconds)
        }
        await preliminary(await tails.complete(sandbox.evidence(problem), from: sandbox, of: failure.agentID))
        throw UploadError(reason, retryAfter: retryAfter?.inSeconds)
    }

    /// Whatever came of this try: the sandbox may be gone, and there will be no other.
    private func sweep(_ failure: Failure) {
        guard let prefix = try? key.prefix(failure) else { return }
        for log in ["stdout", "stderr"] {
            Task { [leftovers] in await leftovers.addPast(KeyTemplate.key(prefix, log)) }
        }
    }

    /// What is wrong, how long the report waits for it to pass (nil: it will not), and when to try again.
    private func judge(
        _ trouble: Trouble, _ failure: Failure
    ) -> (reason: String, patience: Duration?, retryAfter: Duration?) {
        let patienceWithAgent =
            failure.agentIsGone ? .zero : min(settings.patience, Self.patienceWithAgents)
        switch trouble {
        case .lost(let reason): return (reason, nil, nil)
        case .agent(let error): return ("\(error)", error.isPassing ? patienceWithAgent : nil, nil)
        case .agentBusy(let turn):
            return (turn.reason, turn.isHung ? patienceWithAgent : settings.patience, turn.retryAfter)
        case .store(let error):
            switch error.kind {
            case .invalidKey, .tooManyParts: return ("\(error)", nil, nil)
            case .transport, .refused, .clocksDiffer, .unexpectedAnswer:
                return ("\(error)", settings.patience, error.retryAfter)
            }
        case .storeDown(let closed):
            // Not all at the same moment: the same ones would be the first again and again.
            return (closed.reason, settings.patience, closed.retryAfter * Double.random(in: 1...1.25))
        case .busy(let reason, let retryAfter): return (reason, settings.patience, retryAfter)
        case .cancelled: return ("the uploader was stopped", settings.patience, .zero)
        }
    }

    // MARK: One try

    private func save(
        _ failure: Failure, _ standing: CollectionStanding, _ known: Known
    ) async throws(Trouble) -> Evidence {
        do throws(StoreHealth.Closed) {
            try health.look()
        } catch {
            throw .storeDown(error)
        }
        guard !failure.isOnNoHost else { throw .lost(SandboxLocator.unknown(failure)) }
        let prefix: String
        do throws(KeyTemplate.Invalid) {
            prefix = try key.prefix(failure)
        } catch {
            throw .lost(error.description)
        }
        let agent = failure.agentID
        do throws(AgentQueue.TurnedAway) {
            try await queue.enter(agent)
        } catch {
            throw .agentBusy(error)
        }
        do throws(Trouble) {
            let evidence = try await transfer(failure, standing, prefix, known)
            await queue.leave(agent, isSilent: false)
            return evidence
        } catch {
            var isSilent = false
            if case .agent(.silent) = error { isSilent = true }
            await queue.leave(agent, isSilent: isSilent)
            throw error
        }
    }

    private func transfer(
        _ failure: Failure, _ standing: CollectionStanding, _ prefix: String, _ known: Known
    ) async throws(Trouble) -> Evidence {
        let sandbox: Sandbox
        let logs: [String]
        do throws(AgentError) {
            (sandbox, logs) = try await find(failure, known)
        } catch {
            throw Task.isCancelled ? .cancelled : .agent(error)
        }
        guard !logs.isEmpty else { throw .lost("the agent has neither stdout nor stderr in \(sandbox.path) any more") }
        let progress = Progress()
        let isFresh = standing.age < Self.fresh
        do {
            return try await places.run(progress) { [self] in
                // Not before the agent has answered and there is a place: others could use the try meanwhile.
                let probe = try health.enter()
                do {
                    return try await upload(logs, of: sandbox, to: prefix, isFresh: isFresh, progress)
                } catch {
                    if let probe, Task.isCancelled || !Self.tellsOfTheStore(error) { health.giveBack(probe) }
                    throw error
                }
            }
        } catch TransferPlaces.Failure.full {
            throw .busy("other logs are being saved", retryAfter: .seconds(2))
        } catch TransferPlaces.Failure.stalled {
            throw .busy("the agent stopped sending, and other cases were waiting", retryAfter: .seconds(10))
        } catch let error as StoreHealth.Closed {
            throw .storeDown(error)
        } catch let error as AgentError {
            throw Task.isCancelled ? .cancelled : .agent(error)
        } catch let error as ObjectStoreError {
            guard !Task.isCancelled else { throw .cancelled }
            if Self.tellsOfTheStore(error) { health.failed(error.description) }
            throw .store(error)
        } catch is CancellationError {
            throw .cancelled
        } catch {
            throw .lost("\(error)")
        }
    }

    /// Whether the store itself is what does not work.
    private static func tellsOfTheStore(_ error: any Error) -> Bool {
        guard let error = error as? ObjectStoreError else { return false }
        switch error.kind {
        case .invalidKey, .tooManyParts: return false
        case .transport, .refused, .clocksDiffer, .unexpectedAnswer: return true
        }
    }

    /// The sandbox, and which of the two logs are there.
    private func find(_ failure: Failure, _ known: Known) async throws(AgentError) -> (Sandbox, [String]) {
        let agent = failure.agentID
        let answered = { @Sendable [queue] in await queue.answered(agent) }
        let sandbox = try await locator.locate(failure, answered: answered)
        await known.found(sandbox)
        await queue.asked(agent)
        let logs = try await logs(in: sandbox)
        await queue.answered(agent)
        guard logs.isEmpty, failure.agent != nil else { return (sandbox, logs) }
        await queue.asked(agent)
        let others = try await locator.alternatives(to: sandbox, failure, answered: answered)
        for other in others {
            await queue.asked(agent)
            let logs = try await self.logs(in: other)
            await queue.answered(agent)
            guard logs.isEmpty else {
                await known.found(other)
                return (other, logs)
            }
        }
        return (sandbox, [])
    }

    private func logs(in sandbox: Sandbox) async throws(AgentError) -> [String] {
        async let stdout = exists(sandbox, "stdout")
        async let stderr = exists(sandbox, "stderr")
        let (hasStdout, hasStderr) = await (stdout, stderr)
        return (try hasStdout.get() ? ["stdout"] : []) + (try hasStderr.get() ? ["stderr"] : [])
    }

    private func exists(_ sandbox: Sandbox, _ log: String) async -> Result<Bool, AgentError> {
        do throws(AgentError) {
            _ = try await sandbox.agent.size(of: sandbox.file(log))
            return .success(true)
        } catch {
            if case .missing = error { return .success(false) }
            return .failure(error)
        }
    }

    private func upload(
        _ logs: [String], of sandbox: Sandbox, to prefix: String, isFresh: Bool, _ progress: Progress
    ) async throws -> Evidence {
        var evidence = sandbox.evidence(sandbox.doubt)
        let saved = try await withThrowingTaskGroup(of: (String, String, String).self) { group in
            for log in logs {
                group.addTask { [self] in
                    let reader = LogReader(
                        sandbox.agent, sandbox.file(log), settings, isFresh: isFresh, progress: progress)
                    let key = KeyTemplate.key(prefix, log)
                    await leftovers.begin(key)
                    defer { Task { await leftovers.end(key) } }
                    if settings.isCompressed {
                        let log = try CompressedLog { try await reader.next() }
                        _ = try await uploader.upload(key, contentEncoding: "gzip") { try await log.next() }
                    } else {
                        _ = try await uploader.upload(key) { try await reader.next() }
                    }
                    return (log, store.presignedGet(key, expires: lifetime), await reader.tail)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        health.worked()
        for (log, url, tail) in saved {
            if log == "stdout" {
                (evidence.stdoutURL, evidence.stdoutTail) = (url, tail)
            } else {
                (evidence.stderrURL, evidence.stderrTail) = (url, tail)
            }
        }
        if let missing = ["stdout", "stderr"].first(where: { !logs.contains($0) }) {
            let doubts = [sandbox.doubt, "there is no \(missing) in the sandbox"]
            evidence.logsError = doubts.compactMap(\.self).joined(separator: "; ")
        }
        return evidence
    }

    /// What is known of a case's sandbox while it is worked on.
    private actor Known {
        private(set) var sandbox: Sandbox
        /// Somebody may have died over it before, in the middle of an upload: a worker before this one, or the whole
        /// instance, which remembers nothing of what was under way.
        nonisolated let hasPast: Bool

        init(_ sandbox: Sandbox, hasPast: Bool) {
            self.sandbox = sandbox
            self.hasPast = hasPast
        }

        func found(_ sandbox: Sandbox) {
            self.sandbox = sandbox
        }
    }
}

extension Failure {
    /// The master itself has given the agent up.
    fileprivate var agentIsGone: Bool {
        agent == nil
            || [
                "REASON_SLAVE_REMOVED", "REASON_AGENT_REMOVED", "REASON_SLAVE_REMOVED_BY_OPERATOR",
                "REASON_AGENT_REMOVED_BY_OPERATOR", "REASON_SLAVE_DISCONNECTED", "REASON_AGENT_DISCONNECTED",
                "REASON_SLAVE_UNKNOWN", "REASON_AGENT_UNKNOWN",
            ].contains(reason)
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
