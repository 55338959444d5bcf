import Complaints

/// Giving out work, and what comes back.
extension Engine {
    /// Gives every worker what it has credit for.
    func giveWork(_ tx: LedgerTransaction) throws {
        for (role, id) in state.current {
            switch role {
            case .uploader: try giveCollections(to: id, tx)
            case .reporter(let kind): try giveDeliveries(to: id, kind, tx)
            case .poller, .server: break
            }
        }
    }

    private func giveCollections(to id: PeerID, _ tx: LedgerTransaction) throws {
        guard var book = state.peers[id]?.collections, book.room > 0 else { return }
        defer { state.peers[id]?.collections = book }
        let busy = Set(book.inFlight.values.map(\.id))
        func give(_ number: Int64, _ crashes: Int, _ read: (Int64) throws -> OpenCase?) throws -> Bool {
            guard book.room > 0 else { return false }
            guard let work = try readable(number, tx, read) else { return true }
            let key = work.failure.key
            // Two runs of which neither time is known have the same key: one after the other.
            guard book.inFlight[key] == nil else { return true }
            guard book.take(key, crashes: crashes, note: work) else { return false }
            let age = Double(max(.zero, state.now.since(work.detected)).nanoseconds) / 1e9
            let standing = CollectionStanding(age: age, attempts: work.attempts, isReported: work.isReported)
            effects.append(.collect(id, key, Collection(failure: work.failure, standing: standing)))
            return true
        }
        for (number, crashes) in try nextCases(
            beside: book.inFlight.values.filter { !$0.isReported }, count: book.room, tx)
        {
            guard try give(number, crashes, tx.collectable) else { break }
        }
        // Nobody waits for these any more: they get what room the others leave.
        guard book.room > 0 else { return }
        for (number, crashes) in try tx.dueUploads(limit: busy.count + book.room) where !busy.contains(number) {
            guard try give(number, crashes, tx.uploadable) else { break }
        }
    }

    /// Of so many cases one is chosen by the turns of apps, if there is no room for all.
    private static let casesForTurn = 4

    /// The cases to collect next, at least `count` if there are so many: in the order of failure, and if there is no room
    /// for all, every now and then one of the app whose turn it is.
    private func nextCases(
        beside inFlight: [OpenCase], count: Int, _ tx: LedgerTransaction
    ) throws -> [(id: Int64, crashes: Int)] {
        var ids = Set(inFlight.map(\.id))
        let oldest = try tx.dueCases(limit: ids.count + count + 1).filter { !ids.contains($0.id) }
        guard oldest.count > count else { return oldest }
        var chosen: [(id: Int64, crashes: Int)] = []
        for next in oldest where chosen.count < count {
            state.collectedByAge += 1
            if state.collectedByAge >= Self.casesForTurn,
                let app = try tx.nextApp(after: state.collectedApp) ?? tx.nextApp(after: "")
            {
                state.collectedByAge = 0
                state.collectedApp = app
                let flying = inFlight.count { $0.app == app }
                let due = try tx.dueCases(of: app, limit: flying + chosen.count + 1)
                if let due = due.first(where: { !ids.contains($0.id) }) {
                    ids.insert(due.id)
                    chosen.append(due)
                }
            }
            if ids.insert(next.id).inserted { chosen.append(next) }
        }
        return chosen
    }

    private func giveDeliveries(to id: PeerID, _ kind: String, _ tx: LedgerTransaction) throws {
        guard var book = state.peers[id]?.deliveries, book.room > 0 else { return }
        defer { state.peers[id]?.deliveries = book }
        for _ in 0..<Self.step {
            var isComplete = true
            var next = try nextDeliveries(of: kind, beside: book, perDestination: state.peers[id]?.perDestination, tx)
            // What may be to blame for crashes flies alone, and does not wait for a backlog on other ways.
            if let suspect = next.first(where: { book.isSuspect(crashes: $0.crashes) }) { next = [suspect] }
            for due in next {
                guard book.room > 0 else { return }
                guard let (work, evidence) = try deliverable(due.id, tx) else {
                    // It was given up: its place is for another.
                    isComplete = false
                    continue
                }
                guard book.take(due.id, crashes: due.crashes, note: work) else { return }
                try give(work, evidence, to: id, tx)
            }
            guard !isComplete else { return }
        }
    }

    private func give(_ work: OpenDelivery, _ evidence: Evidence?, to id: PeerID, _ tx: LedgerTransaction) throws {
        let evidence =
            evidence
            ?? .sandbox(
                of: work.failure, because: "what was known of them was lost with a part of the ledger",
                scheme: settings.agentsScheme)
        var delivery = Delivery(
            id: work.id, failure: work.failure, evidence: evidence, instance: work.instance,
            attempt: work.attempts + 1)
        delivery.note = work.note
        delivery.held = work.held
        delivery.isTest = settings.test != nil
        delivery.isSuspect = isSuspect(work, on: Route(reporter: work.reporter, name: work.route))
        // Written down before it leaves, with the first note only: that is where to look for it.
        if work.note == nil, let note = state.peers[id]?.note { try tx.keep(note: note, ofDelivery: work.id) }
        effects.append(.deliver(id, delivery))
    }

    /// A case whose logs are to be saved; one that cannot be read is given up, and must not stop the others.
    private func readable(
        _ number: Int64, _ tx: LedgerTransaction, _ read: (Int64) throws -> OpenCase?
    ) throws -> OpenCase? {
        do {
            return try read(number)
        } catch let error as DecodingError {
            try abandon(number, error, tx)
            return nil
        }
    }

    func deliverable(_ number: Int64, _ tx: LedgerTransaction) throws -> (OpenDelivery, Evidence?)? {
        do {
            return try tx.deliverable(number)
        } catch let error as DecodingError {
            if let caseID = try tx.caseID(ofDelivery: number) { try abandon(caseID, error, tx) }
            return nil
        }
    }

    private func abandon(_ caseID: Int64, _ error: any Error, _ tx: LedgerTransaction) throws {
        let reason = "case \(caseID) cannot be read from the ledger: \(error)"
        _ = try tx.endUpload(caseID, nil)
        try tx.abandonCase(caseID, error: Self.cut(reason), now: state.now)
        note(.unreadable(reason))
    }

    // MARK: The uploader's answers

    func handle(_ message: UploaderMessage, from id: PeerID, _ tx: LedgerTransaction) throws {
        switch message {
        case .credit(let count):
            if state.peers[id]?.collections.announce(count) == false { try offend(id, "a credit of \(count)", tx) }
        case .collected(let key, let evidence):
            guard let work = state.peers[id]?.collections.finish(key) else {
                return try offend(id, "collected \(key), which it was not given", tx)
            }
            guard work.isReported else { return try goOn(work, evidence, tx) }
            guard try tx.endUpload(work.id, evidence) else { return }
            note(.collectedLate(work.failure, error: evidence.logsError))
        case .preliminary(let key, let evidence):
            guard let work = state.peers[id]?.collections.inFlight[key] else {
                return try offend(id, "told of \(key), which it was not given", tx)
            }
            guard !work.isReported else { return }
            try goOn(work, evidence, tx)
            try tx.addUpload(work.id)
            _ = state.peers[id]?.collections.update(key) { $0.isReported = true }
        case .uncollected(let key, let reason, let retryAfter):
            guard let work = state.peers[id]?.collections.finish(key) else {
                return try offend(id, "gave back \(key), which it was not given", tx)
            }
            let next = backoff.next(
                after: work.attempts + 1, since: work.detected, now: state.now, retryAfter: retryAfter,
                jitter: jitter())
            if work.isReported { return try postpone(work, reason: Self.cut(reason), until: next, tx) }
            // Whoever tests the reporters does not want to wait for logs that are not there.
            guard let next, settings.test == nil else {
                return try goOn(work, because: "the logs could not be saved in time: \(reason)", tx)
            }
            try tx.postponeCase(work.id, until: next, error: Self.cut(reason), now: state.now)
            note(.uncollected(work.failure, reason: Self.cut(reason), next: next))
        }
    }

    private func postpone(_ work: OpenCase, reason: String, until next: Timestamp?, _ tx: LedgerTransaction) throws {
        if let next {
            try tx.postponeUpload(work.id, until: next, error: reason)
            note(.uncollected(work.failure, reason: reason, next: next))
        } else if try tx.giveUpUpload(work.id, because: "the logs could not be saved: \(reason)") {
            note(.collectedLate(work.failure, error: reason))
        }
    }

    /// Nothing was saved, and nobody tries any more.
    private func goOn(_ work: OpenCase, because reason: String, _ tx: LedgerTransaction) throws {
        try goOn(work, .sandbox(of: work.failure, because: reason, scheme: settings.agentsScheme), tx)
    }

    /// The case has what evidence it will get: on to the reporters.
    private func goOn(_ work: OpenCase, _ evidence: Evidence, _ tx: LedgerTransaction) throws {
        let instances = settings.instances(for: work.failure)
        let collected = try tx.collected(work.id, evidence, instances: instances, now: state.now) {
            try delivery(of: work.failure, reporter: $0, instance: $1, tx)
        }
        guard let state = collected else { return }
        note(.collected(work.failure, logsError: evidence.logsError))
        for (reporter, surplus) in settings.surplusInstances(of: work.failure) {
            note(.surplus(work.failure, reporter: reporter, instances: surplus, most: settings.maximumInstances))
        }
        if state == .skipped { note(.skipped(work.failure)) }
    }

    // MARK: The reporters' answers

    func handle(_ message: ReporterMessage, from id: PeerID, _ kind: String, _ tx: LedgerTransaction) throws {
        switch message {
        case .credit(let count, let note, let perDestination):
            state.peers[id]?.note = note.map(Self.cut)
            state.peers[id]?.perDestination = perDestination
            guard state.peers[id]?.deliveries.announce(count) != false, perDestination.map({ $0 > 0 }) != false else {
                return try offend(id, "a credit of \(count), \(perDestination ?? count) for one destination", tx)
            }
        case .delivered(let number):
            guard let work = state.peers[id]?.deliveries.finish(number) else {
                return try offend(id, "delivered \(number), which it was not given", tx)
            }
            try arrived(work, on: Route(reporter: kind, name: work.route), tx)
            try end(work, as: .delivered, error: nil, tx)
        case .noted(let note): state.peers[id]?.note = Self.cut(note)
        case .undelivered(let number, let reason, let retryAfter, let permanent, let turnedAway, let ambiguous):
            guard let work = state.peers[id]?.deliveries.finish(number) else {
                return try offend(id, "gave back \(number), which it was not given", tx)
            }
            let reason = Self.cut(reason)
            if permanent { return try end(work, as: .failed, error: reason, tx) }
            let route = Route(reporter: kind, name: work.route)
            let isSuspect = !turnedAway && isSuspect(work, on: route, isAmbiguous: ambiguous)
            let next = backoff.next(
                after: work.attempts + 1, since: work.created, now: state.now, retryAfter: retryAfter,
                isSuspect: isSuspect, jitter: jitter())
            guard let next else { return try end(work, as: .expired, error: reason, tx) }
            guard !turnedAway else {
                try tx.turnAway(number, until: next, error: reason, now: state.now)
                turnAway(from: route, until: next)
                return note(.turnedAway(reporter: kind, instance: work.instance, reason: reason, next: next))
            }
            try tx.postponeDelivery(number, until: next, error: reason, isSuspect: isSuspect, now: state.now)
            failed(work, on: route, until: next, isSuspect: isSuspect, isAmbiguous: ambiguous, in: state.peers[id])
            note(.undelivered(reporter: kind, id: number, reason: reason, next: next))
        }
    }

    func end(
        _ work: OpenDelivery, as outcome: DeliveryState, error: String?, _ tx: LedgerTransaction
    ) throws {
        guard try tx.end(work.id, ofCase: work.caseID, as: outcome, error: error, now: state.now) else { return }
        note(
            .ended(work.failure, reporter: work.reporter, instance: work.instance, outcome, error: error))
    }

    // MARK: Work without its worker

    /// Takes back what a worker had in its hands.
    ///
    /// Unless we are the ones who stop, each piece counts the crash; at the third it is given up.
    func release(_ id: PeerID, reason: String, _ tx: LedgerTransaction) throws {
        guard let peer = state.peers.removeValue(forKey: id) else { return }
        if state.current[peer.role] == id {
            state.current[peer.role] = nil
            if peer.role == .poller { state.pollerGone = state.now }
            if peer.role == .uploader { state.uploaderGone = state.now }
        }
        listed[id] = nil
        state.held.removeAll { $0.0 == id }
        guard !isStopping, peer.inFlight > 0 else { return }
        note(.crashed(peer.role, inFlight: peer.inFlight, reason: reason))
        let error = Self.cut("the \(peer.role) died with it in its hands: \(reason)")
        for work in peer.collections.inFlight.values where work.isReported {
            let crashes = try tx.countCrash(ofUpload: work.id, error: error)
            guard crashes >= Self.fatalCrashes else { continue }
            note(.quarantined(peer.role, what: "\(work.failure.name) (\(work.failure.id))", crashes: crashes))
            try postpone(work, reason: "the uploader died \(crashes) times over these logs", until: nil, tx)
        }
        for work in peer.collections.inFlight.values where !work.isReported {
            let crashes = try tx.countCrash(ofCase: work.id, error: error, now: state.now)
            guard crashes >= Self.fatalCrashes else { continue }
            try tx.quarantineCollection(work.id, error: error)
            note(.quarantined(peer.role, what: "\(work.failure.name) (\(work.failure.id))", crashes: crashes))
            try goOn(work, because: "the uploader died \(crashes) times over these logs, so they were not saved", tx)
        }
        for work in peer.deliveries.inFlight.values {
            let crashes = try tx.countCrash(ofDelivery: work.id, error: error, now: state.now)
            guard crashes >= Self.fatalCrashes else { continue }
            note(.quarantined(peer.role, what: "\(work.failure.name) (\(work.failure.id))", crashes: crashes))
            try end(work, as: .poisoned, error: error, tx)
        }
    }

    /// What waits for a worker that is not there expires all the same: collections, so that the report is at least made
    /// without logs, and the reports of reporters that are not configured any more.
    ///
    /// - Returns: how many; at most one step of each.
    func expireWithoutWorker(_ tx: LedgerTransaction) throws -> Int {
        let overdue = state.now.adding(.zero - settings.retryFor)
        var count = 0
        if state.current[.uploader] == nil, state.now >= state.uploaderGone.adding(Self.uploaderAbsence) {
            let cases = try tx.overdueCases(before: overdue, limit: Self.step)
            for number in cases {
                guard let work = try readable(number, tx, tx.collectable) else { continue }
                try goOn(work, because: "the logs could not be saved in time: no uploader was running", tx)
            }
            let uploads = try tx.overdueUploads(before: overdue, limit: Self.step)
            for number in uploads {
                guard let work = try readable(number, tx, tx.uploadable) else { continue }
                try postpone(work, reason: "no uploader was running", until: nil, tx)
            }
            count = max(cases.count, uploads.count)
        }
        let orphans = try tx.orphans(except: settings.reporters, before: overdue, limit: Self.step)
        for number in orphans {
            guard let (work, _) = try deliverable(number, tx) else { continue }
            try end(work, as: .expired, error: "the reporter is not configured any more", tx)
        }
        return max(count, orphans.count)
    }

    /// Reasons come from services: as much of them as helps.
    static func cut(_ reason: String) -> String {
        reason.count > 500 ? reason.prefix(500) + "…" : reason
    }
}
