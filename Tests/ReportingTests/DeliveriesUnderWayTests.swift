import Complaints
import Synchronization
import TestTools
import Testing

@testable import Reporting

/// A dispatcher that died gives again what was under way.
@Suite struct DeliveriesUnderWayTests {
    private func delivery(_ number: Int64, id: Int64 = 1, instance: String = "default") -> Delivery {
        var failure = Failure(
            id: "web.1", name: "web", slave: "a", framework: "f", state: "TASK_FAILED",
            started: Timestamp(nanoseconds: 0), finished: Timestamp(nanoseconds: 0), frameworkID: "F", agentID: "S")
        if number > 0 { failure.terminal = Timestamp(nanoseconds: number * 1000) }
        return Delivery(id: id, failure: failure, evidence: Evidence(stdoutURL: "", stderrURL: ""), instance: instance)
    }

    /// Whether the work is done for a delivery.
    private func isMade(_ deliveries: DeliveriesUnderWay, _ delivery: Delivery) async -> Bool {
        let count = Mutex(0)
        let outcome = await deliveries.make(delivery) {
            count.withLock { $0 += 1 }
            return .success(())
        }
        if case .failure = outcome { Issue.record("it failed") }
        return count.withLock { $0 } == 1
    }

    @Test func whatArrivedIsNotMadeAgain() async {
        let deliveries = DeliveriesUnderWay()
        for number in 1...5000 as ClosedRange<Int64> { #expect(await isMade(deliveries, delivery(number))) }
        #expect(await !isMade(deliveries, delivery(5000, id: 77)), "by another number of the ledger")
        #expect(await !isMade(deliveries, delivery(1000)))
        #expect(await isMade(deliveries, delivery(10)), "the oldest are forgotten")
        #expect(await isMade(deliveries, delivery(5000, instance: "ops")))
        var test = delivery(5000)
        test.isTest = true
        #expect(await isMade(deliveries, test))
        #expect(await isMade(deliveries, test), "each test is meant")
    }

    @Test func runsWhoseTimesAreNotKnownAreToldApartByTheLedger() async {
        let deliveries = DeliveriesUnderWay()
        #expect(await isMade(deliveries, delivery(0, id: 1)))
        #expect(await isMade(deliveries, delivery(0, id: 2)))
        #expect(await !isMade(deliveries, delivery(0, id: 1)))
    }

    @Test(.timeLimit(.minutes(5))) func whatIsUnderWayIsNotMadeBesideIt() async throws {
        let deliveries = DeliveriesUnderWay()
        let open = Mutex(0)
        let begun = Mutex(0)
        let work: @Sendable () async -> DeliveriesUnderWay.Outcome = {
            begun.withLock { $0 += 1 }
            let others = open.withLock { count in
                count += 1
                return count - 1
            }
            #expect(others == 0, "two at a time")
            for _ in 0..<20 { await Task.yield() }
            open.withLock { $0 -= 1 }
            return .failure(DeliveryError("503"))
        }
        await withDiscardingTaskGroup { group in
            for id in 1...200 as ClosedRange<Int64> {
                group.addTask {
                    let outcome = await deliveries.make(delivery(1, id: id), work)
                    if case .success = outcome { Issue.record("nothing arrived") }
                }
            }
        }
        #expect(begun.withLock { $0 } < 200, "most of them joined one that was under way")
        #expect(await isMade(deliveries, delivery(1)), "what failed is made again")
    }

    @Test(.timeLimit(.minutes(5))) func whoeverBeganItMayGiveItUp() async throws {
        let deliveries = DeliveriesUnderWay()
        let isCancelled = Mutex(false)
        let task = Task {
            await deliveries.make(delivery(1)) {
                await withTaskCancellationHandler {
                    while !isCancelled.withLock({ $0 }) { await Task.yield() }
                } onCancel: {
                    isCancelled.withLock { $0 = true }
                }
                return .failure(DeliveryError("stopped"))
            }
        }
        task.cancel()
        _ = await task.value
        #expect(isCancelled.withLock { $0 })
    }
}
