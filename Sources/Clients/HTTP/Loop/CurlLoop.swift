import CCurl
import Glibc
import Synchronization

/// One thread that runs any number of libcurl transfers. Commands come from other threads through a locked queue;
/// everything of libcurl happens on the loop's thread, but for the one call made to be called from elsewhere,
/// `curl_multi_wakeup`.
package final class CurlLoop: Sendable {
    package struct Limits: Sendable {
        /// Idle connections kept for later.
        var cachedConnections: Int
        /// Transfers beyond that wait their turn.
        var connectionsPerHost: Int

        package init(cachedConnections: Int, connectionsPerHost: Int) {
            self.cachedConnections = cachedConnections
            self.connectionsPerHost = connectionsPerHost
        }
    }

    /// Makes a transfer on the loop's thread; nil when that failed and the maker has told whoever waits.
    package typealias Maker = @Sendable (TransferID, LoopContext) -> (any Transfer)?

    enum Command {
        case start(TransferID, Maker)
        case nudge(TransferID)
        case cancel(TransferID)
        case stop
    }

    private enum Phase {
        case idle
        case running(Multi, pthread_t)
        case stopped
    }

    private struct State {
        var phase = Phase.idle
        var commands: [Command] = []
        var lastNumber: UInt64 = 0
    }

    private let state = Mutex(State())
    private let limits: Limits

    package init(limits: Limits) {
        self.limits = limits
    }

    /// Starts a transfer, and the thread with the first one. nil when the loop was stopped or no thread can be had; the
    /// maker is not called then.
    package func start(_ maker: @escaping Maker) -> TransferID? {
        state.withLock { state in
            switch state.phase {
            case .stopped: return nil
            case .running: break
            case .idle:
                guard let started = launch() else { return nil }
                state.phase = started
            }
            state.lastNumber += 1
            let id = TransferID(number: state.lastNumber)
            enqueue(.start(id, maker), in: &state)
            return id
        }
    }

    /// Lets the transfer look at its shared state. Nothing happens if it is over.
    func nudge(_ id: TransferID) {
        state.withLock { enqueue(.nudge(id), in: &$0) }
    }

    /// Stops the transfer and closes its connection. Nothing happens if it is over.
    package func cancel(_ id: TransferID) {
        state.withLock { enqueue(.cancel(id), in: &$0) }
    }

    /// Stops all transfers and waits for the thread's end. Later starts are refused.
    package func stop() {
        let thread: pthread_t? = state.withLock { state in
            defer { state.phase = .stopped }
            guard case .running(_, let thread) = state.phase else { return nil }
            enqueue(.stop, in: &state)
            return thread
        }
        guard let thread else { return }
        if pthread_equal(thread, pthread_self()) != 0 {
            // The last owner went away inside a callback of a transfer: nobody can wait, the thread ends by itself.
            pthread_detach(thread)
        } else {
            pthread_join(thread, nil)
        }
    }

    private func enqueue(_ command: Command, in state: inout State) {
        guard case .running(let multi, _) = state.phase else { return }
        state.commands.append(command)
        // The loop takes all commands at once, so only the first of a batch has to wake it. Under the lock, because
        // after the stop command, which comes last, the handle is gone.
        if state.commands.count == 1 { curl_multi_wakeup(multi.raw) }
    }

    /// For the loop's thread.
    func takeCommands() -> [Command] {
        state.withLock { state in
            guard !state.commands.isEmpty else { return [] }
            defer { state.commands = [] }
            return state.commands
        }
    }

    private func launch() -> Phase? {
        guard curlIsReady, let raw = curl_multi_init() else { return nil }
        let multi = Multi(raw: raw)
        _ = ccurl_multi_set_long(raw, CURLMOPT_MAXCONNECTS, limits.cachedConnections)
        _ = ccurl_multi_set_long(raw, CURLMOPT_MAX_HOST_CONNECTIONS, limits.connectionsPerHost)
        var thread = pthread_t()
        let start = Unmanaged.passRetained(ThreadStart(loop: self, multi: multi))
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
                prepareThread()
                LoopThread(loop: start.loop, multi: start.multi.raw).run()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            curl_multi_cleanup(raw)
            return nil
        }
        return .running(multi, thread)
    }
}

/// The multi handle. Sendable although it is a bare pointer, because other threads than the loop's do nothing with it
/// but `curl_multi_wakeup`, which libcurl makes for that, and do it only between its creation and the stop command.
private struct Multi: @unchecked Sendable {
    let raw: UnsafeMutableRawPointer
}

private final class ThreadStart: Sendable {
    let loop: CurlLoop
    let multi: Multi

    init(loop: CurlLoop, multi: Multi) {
        self.loop = loop
        self.multi = multi
    }
}

/// libcurl's process-wide set-up; once, and thread-safe as Swift's globals are.
private let curlIsReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

/// Blocks signals in the loop's thread and in the resolver threads it starts. They belong to the main program, and
/// SIGPIPE, which OpenSSL's writes to a closed connection raise for the writing thread, stays pending there for good.
private func prepareThread() {
    var signals = sigset_t()
    sigfillset(&signals)
    for signal in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGPROF] { sigdelset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
}
