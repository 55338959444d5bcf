import Complaints

/// Holding failures that come too fast, and reporting them together.
extension Engine {
    /// How an instance is told of a failure: now, or in a summary.
    func delivery(
        of failure: Failure, reporter: String, instance: String, _ tx: LedgerTransaction
    ) throws -> NewDelivery {
        var delivery = NewDelivery(
            reporter: reporter, instance: instance,
            route: settings.route(failure, reporter: reporter, instance: instance),
            app: settings.keepsOrder(reporter) ? "" : AppKey.of(failure), flood: nil)
        let limit = settings.flood(failure, reporter: reporter, instance: instance)
        guard limit.count > 0 else { return delivery }
        let kind = try LedgerTransaction.kind(of: failure)
        let open = try tx.openFlood(reporter: reporter, instance: instance, kind: kind)
        switch FloodRule.judge(limit, in: open?.window, now: state.now) {
        case .unlimited: break
        case .pass(let window):
            try tx.keep(window, as: open?.id, reporter: reporter, instance: instance, kind: kind)
        case .hold(let window):
            delivery.flood = try tx.keep(window, as: open?.id, reporter: reporter, instance: instance, kind: kind)
            note(
                .held(
                    failure, reporter: reporter, instance: instance, isFirst: window.held == 1 && !window.goesOn,
                    until: window.until))
        }
        return delivery
    }

    /// Reports what was held in windows that are over, and opens the next ones.
    func releaseFloods(_ tx: LedgerTransaction) throws {
        for (flood, reporter, instance, kind) in try tx.endedFloods(now: state.now, limit: Self.step) {
            guard let held = try tx.summarise(flood, now: state.now) else { continue }
            note(.summarised(reporter: reporter, instance: instance, held))
            try tx.keep(
                FloodRule.next(after: flood.window, now: state.now), as: nil, reporter: reporter, instance: instance,
                kind: kind)
        }
        _ = try tx.windUp(limit: Self.step, now: state.now)
    }
}
