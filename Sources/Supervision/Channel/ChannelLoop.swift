import CProcess
import Glibc
import Synchronization

/// The thread that moves the bytes of all channels of a worker.
///
/// It only reads, writes and wakes tasks; it decodes nothing and never waits for a task.
public final class ChannelLoop: Sendable {
    /// The loop of this process, started at its first use.
    public static let shared = ChannelLoop()

    private let endpoints = Mutex<[ChannelEndpoint]>([])
    private let wakeup: Int32

    /// Starts a thread that lives as long as the process.
    init() {
        wakeup = cprocess_eventfd()
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<ChannelLoop>.fromOpaque(context).takeUnretainedValue().run()
                return nil
            }, context)
        pthread_detach(thread)
    }

    func add(_ endpoint: ChannelEndpoint) {
        endpoints.withLock { $0.append(endpoint) }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        write(wakeup, &one, MemoryLayout<UInt64>.size)
    }

    private func run() {
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
        defer { scratch.deallocate() }
        var polled: [pollfd] = []
        while true {
            polled.removeAll(keepingCapacity: true)
            polled.append(pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0))
            let active = endpoints.withLock { list -> [ChannelEndpoint] in
                list.removeAll { endpoint in
                    guard let events = endpoint.interest(wake: { [self] in wake() }) else { return true }
                    // A number below zero is skipped by poll: an end that waits for its receiver has no events.
                    let number = events == 0 ? -1 : endpoint.descriptor.number
                    polled.append(pollfd(fd: number, events: events, revents: 0))
                    return false
                }
                return list
            }
            guard poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
            if polled[0].revents != 0 {
                var count: UInt64 = 0
                read(wakeup, &count, MemoryLayout<UInt64>.size)
            }
            for (endpoint, ready) in zip(active, polled.dropFirst()) where ready.revents != 0 {
                endpoint.handle(events: ready.revents, scratch: scratch)
            }
        }
    }
}
