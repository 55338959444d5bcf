import Complaints

/// Ways on which reports go: in which order, how many at a time, and what happens while one does not work.
extension Engine {
    /// A way that did not work when it was tried last.
    struct Trial: Equatable, Sendable {
        /// When that was found out, or will be found out again.
        var at: Timestamp
        /// The name of the task whose report has failed since the way was opened for a try.
        var failed: String?
    }

    /// Tries of one report that keep all others waiting, at the least on a way where one goes after the other: 1 + 2 + 4
    /// seconds. After that, it may be the report.
    static let patientTries = 3
    /// Names of tasks that are remembered for a way.
    static let maximumStumbles = 64
    /// After so many tries, it is the report also when the service did not say so: others arrived meanwhile.
    static let enoughTries = 8
    /// What nothing was heard of for so long is forgotten: longer than anybody is asked to wait.
    static let routeMemory = Duration.seconds(7200)

    /// What is due and may go its way now, the apps by turns and each in the order of failure; what may not is put off,
    /// all of the same way at once.
    func nextDeliveries(
        of kind: String, beside book: CreditBook<Int64, OpenDelivery>, perDestination: Int?, _ tx: LedgerTransaction
    ) throws -> [DueDelivery] {
        let inFlight = Dictionary(grouping: book.inFlight.values, by: \.route)
        var found: [[(app: String, delivery: DueDelivery)]] = []
        for name in try tx.dueRoutes(of: kind) {
            let route = Route(reporter: kind, name: name)
            if let until = state.holds[route], until > state.now {
                try tx.hold(route: name, of: kind, until: until)
                continue
            }
            let trial = state.trials[route]
            let underWay = inFlight[name] ?? []
            let most = trial == nil ? perDestination ?? .max : 1
            let room = min(most - underWay.count, book.room)
            guard room > 0 else { continue }
            if let failed = trial?.failed {
                // The other probe: one that has as little in common with the failed one as possible.
                let second = try tx.secondProbe(of: kind, route: name, notAbout: failed)
                found.append(second.map { [("", $0)] } ?? [])
            } else {
                found.append(try nextDeliveries(on: route, beside: underWay, count: room, tx))
            }
        }
        let flying = book.inFlight.values.reduce(into: [:]) { $0[$1.app, default: 0] += $1.app.isEmpty ? 0 : 1 }
        return TurnRule.merge(found, flying: flying, count: book.room)
    }

    /// What is due at one destination, by turns. The first of them is also the one with which it is probed: the oldest
    /// failure of those whose turn it is.
    private func nextDeliveries(
        on route: Route, beside inFlight: [OpenDelivery], count: Int, _ tx: LedgerTransaction
    ) throws -> [(app: String, delivery: DueDelivery)] {
        let flying = Set(inFlight.map(\.id))
        var apps: [Int64: String] = [:]
        var queues: [TurnRule.Queue] = []
        // Enough of them: so many at the most have nothing but what is in flight.
        var found =
            settings.keepsOrder(route.reporter)
            ? [] : try tx.dueQueues(of: route.reporter, route: route.name, limit: inFlight.count + count)
        // Deliveries of no app: all of some reporters; of the others, what a damaged ledger has left.
        let turn = found.first?.turn ?? 0
        found += [false, true].map { DueQueue(app: "", isSuspect: $0, turn: turn) }
        for queue in found {
            let sent = inFlight.count { $0.app == queue.app && $0.isSuspect == queue.isSuspect }
            let due = try tx.dueDeliveries(of: route.reporter, route: route.name, in: queue, limit: sent + count)
            if due.isEmpty, !queue.app.isEmpty { try tx.markEmpty(queue, of: route.reporter, route: route.name) }
            let waiting = due.filter { !flying.contains($0.id) }
            for delivery in waiting { apps[delivery.id] = queue.app }
            queues.append(
                TurnRule.Queue(isSuspect: queue.isSuspect, turn: queue.turn + Int64(sent), due: waiting[...]))
        }
        return TurnRule.next(of: queues, count: count).map { (apps[$0.id] ?? "", $0) }
    }

    // MARK: What became of reports

    /// A report has arrived: all that waits for the same way may go.
    func arrived(_ work: OpenDelivery, on route: Route, _ tx: LedgerTransaction) throws {
        state.arrivals[route] = state.now
        state.stumbles[route]?.remove(work.failure.name)
        let wasTried = state.trials.removeValue(forKey: route) != nil
        if wasTried || state.holds[route] != nil { try release(route, tx) }
    }

    /// Nobody on this way needs to ask before that moment, and then one at a time.
    func turnAway(from route: Route, until next: Timestamp) {
        state.holds[route] = next
        state.trials[route, default: Trial(at: next)].at = next
    }

    /// Whether the service is known to stumble over this report, or over others about the same task.
    func isSuspect(_ work: OpenDelivery, on route: Route) -> Bool {
        work.isSuspect || state.stumbles[route]?.contains(work.failure.name) == true
    }

    /// Whether that is known now that the report has failed: another has arrived since it was tried before.
    func isSuspect(_ work: OpenDelivery, on route: Route, isAmbiguous: Bool) -> Bool {
        if isAmbiguous ? isSuspect(work, on: route) : work.isSuspect { return true }
        guard work.attempts >= (isAmbiguous ? 1 : Self.enoughTries), let last = state.arrivals[route] else {
            return false
        }
        return last > work.updated
    }

    /// A report has failed, and is tried again.
    func failed(
        _ work: OpenDelivery, on route: Route, until next: Timestamp, isSuspect: Bool, isAmbiguous: Bool,
        in peer: PeerState?
    ) {
        if isSuspect, (state.stumbles[route] ?? []).count < Self.maximumStumbles {
            state.stumbles[route, default: []].insert(work.failure.name)
        }
        if state.trials[route] != nil {
            state.trials[route] = Trial(at: state.now, failed: work.failure.name)
        } else if !isSuspect, !isAmbiguous, peer?.perDestination == 1, work.attempts < Self.patientTries {
            // So that those after it do not get ahead of it.
            state.holds[route] = max(state.holds[route] ?? next, next)
        }
    }

    // MARK: Time

    /// Ways that may work again.
    func releaseRoutes(_ tx: LedgerTransaction) throws {
        for (route, until) in state.holds where until <= state.now {
            state.trials[route]?.failed = nil
            try release(route, tx)
        }
    }

    /// Everything that goes this way is due again, all at once, but suspects: whatever was put off sooner or later, the
    /// oldest failure is the next.
    private func release(_ route: Route, _ tx: LedgerTransaction) throws {
        state.holds[route] = nil
        try tx.release(route: route.name, of: route.reporter)
    }

    /// Forgets ways that nothing goes any more.
    func forgetRoutes() {
        let past = state.now.adding(.zero - Self.routeMemory)
        state.trials = state.trials.filter { state.holds[$0.key] != nil || $0.value.at > past }
        state.arrivals = state.arrivals.filter { $0.value > past }
        state.stumbles = state.stumbles.filter { state.arrivals[$0.key] != nil && !$0.value.isEmpty }
    }

    /// What waits for a way that does not work expires without being given out once more.
    ///
    /// - Returns: how many.
    func expireHeldRoutes(_ tx: LedgerTransaction) throws -> Int {
        let overdue = state.now.adding(.zero - settings.retryFor)
        var count = 0
        for route in state.holds.keys {
            let late = try tx.overdueDeliveries(
                of: route.reporter, route: route.name, before: overdue, limit: Self.step)
            for number in late {
                guard let (work, _) = try deliverable(number, tx) else { continue }
                try end(work, as: .expired, error: "the service did not work for as long as reports are tried", tx)
            }
            count += late.count
        }
        return count
    }

}
