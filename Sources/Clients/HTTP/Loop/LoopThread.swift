import CCurl

/// The loop itself, as its thread sees it: created, used and gone there.
final class LoopThread {
    private let loop: CurlLoop
    private let multi: UnsafeMutableRawPointer
    private let context = LoopContext()
    private var transfers: [TransferID: any Transfer] = [:]
    private var ids: [UnsafeMutableRawPointer: TransferID] = [:]
    /// Not after the first deadline of any transfer; deadlines that move into the future are noticed when it comes.
    private var nextCheck: ContinuousClock.Instant?
    private var isStopping = false

    /// Longest sleep, in milliseconds, without anything to wait for; whatever happens wakes the loop before.
    private static let longestPoll: Int32 = 60_000

    init(loop: CurlLoop, multi: UnsafeMutableRawPointer) {
        self.loop = loop
        self.multi = multi
    }

    func run() {
        while true {
            context.tick()
            loop.takeCommands().forEach(handle)
            if isStopping { break }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            context.tick()
            reapFinished()
            for id in context.takeUnflushed() { flush(id) }
            expireDeadlines()
            curl_multi_poll(multi, nil, 0, pollTimeout(), nil)
        }
        for id in Array(transfers.keys) { stop(id) }
        curl_multi_cleanup(multi)
    }

    private func handle(_ command: CurlLoop.Command) {
        switch command {
        case .start(let id, let maker):
            guard let transfer = maker(id, context) else { return }
            transfers[id] = transfer
            ids[transfer.easy.raw] = id
            add(transfer, id)
        case .nudge(let id):
            guard let transfer = transfers[id] else { return }
            transfer.nudged()
            // A pause, during which a transfer may have no deadline, may have ended.
            watch(transfer)
        case .cancel(let id): stop(id)
        case .stop: isStopping = true
        }
    }

    private func add(_ transfer: any Transfer, _ id: TransferID) {
        guard curl_multi_add_handle(multi, transfer.easy.raw) == CURLM_OK else { return stop(id) }
        watch(transfer)
    }

    private func flush(_ id: TransferID) {
        guard let transfer = transfers[id] else { return }
        transfer.flush()
        watch(transfer)
    }

    private func watch(_ transfer: any Transfer) {
        guard let deadline = transfer.deadline else { return }
        nextCheck = min(nextCheck ?? deadline, deadline)
    }

    private func stop(_ id: TransferID) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        ids[transfer.easy.raw] = nil
        // Closes the connection at once, unless the transfer was done with it.
        curl_multi_remove_handle(multi, transfer.easy.raw)
        transfer.stopped()
    }

    private func reapFinished() {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(multi, &remaining) {
            guard message.pointee.msg == CURLMSG_DONE, let raw = message.pointee.easy_handle,
                let id = ids[raw], let transfer = transfers[id]
            else { continue }
            // Before the handle is removed: the message goes with it.
            let code = message.pointee.data.result
            curl_multi_remove_handle(multi, raw)
            if transfer.finished(code) {
                add(transfer, id)
            } else {
                ids[raw] = nil
                transfers[id] = nil
            }
        }
    }

    private func expireDeadlines() {
        guard let due = nextCheck, due <= context.now else { return }
        nextCheck = nil
        for (id, transfer) in transfers {
            if let deadline = transfer.deadline, deadline <= context.now, !transfer.expire() {
                stop(id)
            } else {
                watch(transfer)
            }
        }
    }

    private func pollTimeout() -> Int32 {
        guard let nextCheck else { return Self.longestPoll }
        let wait = context.now.duration(to: nextCheck).milliseconds
        return Int32(max(0, min(wait, Int(Self.longestPoll))))
    }
}

extension Duration {
    /// Rounded up, so that a wait of so long is not too short; limited to what fits.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 1_000_000_000 else { return 1_000_000_000_000 }
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
