import Dispatch

/// Runs an actor that blocks on the disk on a queue of its own, so that it never holds up the tasks of others.
final class QueueExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "dispatcher")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
