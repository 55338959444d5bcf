import Complaints

/// Recording what the poller tells.
extension Engine {
    func handle(_ message: PollerMessage, from id: PeerID, _ tx: LedgerTransaction) throws {
        if case .health(let reason, let mode, let master) = message {
            let health = HealthAnswer(ok: reason == nil, reason: reason, mode: mode, master: master)
            if health != state.health { note(.health(health)) }
            state.health = health
        } else if try isFull(tx) || !state.held.isEmpty {
            try hold(message, from: id, tx)
        } else {
            try record(message, from: id, tx)
        }
    }

    /// Records what was held back, as far as there is room now.
    func releaseHeld(_ tx: LedgerTransaction) throws {
        while let (id, message) = state.held.first, try !isFull(tx) {
            state.held.removeFirst()
            if state.peers[id] != nil { try record(message, from: id, tx) }
        }
    }

    private func isFull(_ tx: LedgerTransaction) throws -> Bool {
        try keeper.mode == .memory && tx.openCount() >= Self.maximumInMemory
    }

    /// Without an acknowledgement the poller soon stops sending: its credit bounds what is held.
    private func hold(_ message: PollerMessage, from id: PeerID, _ tx: LedgerTransaction) throws {
        state.held.append((id, message))
        let count = state.held.reduce(0) { count, held in
            if held.0 == id, case .detected(let failures) = held.1 { count + failures.count } else { count }
        }
        if count > PollerMessage.credit || state.held.count > 2 * PollerMessage.credit {
            try offend(id, "sent \(count) failures without waiting for their recording", tx)
        } else {
            note(.holding(count))
        }
    }

    private func record(_ message: PollerMessage, from id: PeerID, _ tx: LedgerTransaction) throws {
        switch message {
        case .snapshot(.begin):
            state.peers[id]?.snapshots += 1
            let since = try tx.meta(.baselineSince).flatMap { Int64($0) }.map { Timestamp(nanoseconds: $0) }
            state.peers[id]?.snapshot = BaselineRule(catchUp: settings.catchUp, since: since)
            listed[id] = []
            // Should this snapshot remain incomplete, what fails from now on is news to the next one.
            if since == nil, try tx.meta(.baselined) == nil {
                try tx.setMeta(.baselineSince, String(state.now.nanoseconds))
            }
        case .snapshot(.end):
            guard state.peers[id]?.snapshot != nil, let keys = listed[id] else {
                return try offend(id, "ended a snapshot that it had not begun", tx)
            }
            state.peers[id]?.snapshot = nil
            if try tx.meta(.baselined) == nil { note(.baselined) }
            try tx.setMeta(.baselined, "yes")
            try tx.setMeta(.baselineSince, nil)
            keeper.wantsSnapshot = false
            let dropped = try tx.endSnapshot(now: state.now, keep: settings.keep) { keys.contains($0.hashValue) }
            if dropped > 0 { note(.dropped(keys: dropped)) }
        case .detected(let failures): try record(failures, from: id, tx)
        case .health: break
        }
    }

    private func record(_ failures: [Failure], from id: PeerID, _ tx: LedgerTransaction) throws {
        let snapshot = state.peers[id]?.snapshot
        let isBaseline = try snapshot != nil && tx.meta(.baselined) == nil
        var old = 0
        for failure in failures {
            let key = failure.key
            if snapshot != nil { listed[id, default: []].insert(key.hashValue) }
            switch SightingRule.judge(failure, among: try tx.sightings(of: key), now: state.now) {
            case .known: break
            case .resolves:
                try tx.see(failure, now: state.now)
                try tx.resolve(key)
            case .news:
                try tx.see(failure, now: state.now)
                if isBaseline, let snapshot, !snapshot.isNews(failure, now: state.now) {
                    old += 1
                } else {
                    try open(failure, tx)
                }
            }
        }
        if old > 0 { note(.baseline(old)) }
        effects.append(.poll(id, .recorded(failures.map(\.key))))
    }

    /// As if a poller had told of it, but for all that decides whether it is news. Once, also when we died meanwhile.
    func test(_ failure: Failure, _ tx: LedgerTransaction) throws {
        guard try tx.sightings(of: failure.key).isEmpty else { return }
        try tx.see(failure, now: state.now)
        try open(failure, tx)
    }

    private func open(_ failure: Failure, _ tx: LedgerTransaction) throws {
        let isWanted = !settings.instances(for: failure).isEmpty
        try tx.addCase(failure, state: isWanted ? .collecting : .skipped, now: state.now)
        state.lastFailure = (failure.name, state.now)
        note(.recorded(failure))
        if !isWanted { note(.skipped(failure)) }
    }

    /// A poller whose ledger has no baseline (any more) may believe that it has told everything.
    func askForSnapshots(_ tx: LedgerTransaction) throws {
        guard let id = state.current[.poller], state.peers[id]?.resynced != keeper.generation else { return }
        if try keeper.wantsSnapshot || tx.meta(.baselined) == nil {
            effects.append(.poll(id, .resync(seen: state.peers[id]?.snapshots ?? 0)))
        }
        state.peers[id]?.resynced = keeper.generation
    }
}
