import CProfiler
import Glibc

/// Why there is no profile.
public enum ProfilingError: Error, Equatable, CustomStringConvertible {
    /// There is one under way in this process.
    case busy
    /// The system did not do what is needed for it: which call, and its errno.
    case system(String, Int32)
    /// Nobody waits for it any more.
    case cancelled

    public var description: String {
        switch self {
        case .busy:
            "Could not enable CPU profiling: cpu profiling already in use; try again when that profile has ended"
        case .system(let call, let code): "Could not enable CPU profiling: \(call): \(String(cString: strerror(code)))"
        case .cancelled: "The profile was given up, as nobody waits for it any more"
        }
    }
}

/// A stack of a thread of this process, as its signal handler saw it.
struct StackTrace: Hashable {
    /// The kernel's number of the thread.
    var thread: Int32
    /// Addresses of instructions, the innermost first: where the thread was, and then the calls that it was in.
    var frames: [UInt64]
}

/// The place where signal handlers leave stacks. There is one at a time in a process.
struct SampleRing: ~Copyable {
    private let memory: UnsafeMutableRawPointer

    /// Stacks that find room: seconds of one processor's.
    private static let slots = 1024

    init() throws(ProfilingError) {
        let room = UnsafeMutableRawPointer.allocate(byteCount: cprofiler_ring_bytes(Self.slots), alignment: 64)
        let code = cprofiler_begin(room, Self.slots)
        guard code == 0 else {
            room.deallocate()
            throw code == EBUSY ? .busy : .system("sigaction", code)
        }
        // Not before: a value that is complete is taken down, and with it the profile of whoever has it.
        memory = room
    }

    deinit {
        // After this no handler touches it.
        cprofiler_end()
        memory.deallocate()
    }

    /// Has a stack taken each time that the process has used so much CPU time.
    func startTimer(perSecond rate: Int) throws(ProfilingError) {
        let code = cprofiler_start_timer(UInt32(rate))
        guard code == 0 else { throw .system("setitimer", code) }
    }

    /// Has that thread leave its stack; false when there is no such thread.
    func ask(_ thread: Int32) -> Bool { cprofiler_ask(thread) == 0 }

    /// Stacks that found no room.
    var dropped: UInt64 { cprofiler_dropped() }

    /// The oldest stack that is there.
    func next(_ callers: inout LostCallers) -> StackTrace? {
        let capacity = Int(CPROFILER_FRAMES + CPROFILER_WORDS)
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: capacity) { room in
            guard let first = room.baseAddress else { return nil }
            var thread: Int32 = 0
            var wordCount = 0
            let count = cprofiler_next(&thread, first, first + Int(CPROFILER_FRAMES), &wordCount)
            guard count > 0 else { return nil }
            // Calls return to the instruction after them, which may be another line's, or another function's.
            let calls = room[1..<count].map { $0 - 1 }
            let words = room[Int(CPROFILER_FRAMES)...].prefix(wordCount)
            let lost = callers.caller(of: room[0], before: calls.first, among: words)
            return StackTrace(thread: thread, frames: [room[0]] + (lost.map { [$0] } ?? []) + calls)
        }
    }
}
