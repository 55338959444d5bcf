import CProcess
import Foundation
import Glibc
import Synchronization
import TestTools
import Testing

@testable import Profiling

/// There is one profile at a time in a process, and other suites may take one too: whoever finds it taken waits.
@Suite(.serialized) struct SamplingTests {
    @Test func theFunctionThatBurnsTheProcessorIsInTheProfile() async throws {
        let burner = Burner()
        defer { burner.stop() }
        // On a machine with much else to do a thread gets little in a second.
        let (read, samples) = try await waitFor("samples") {
            let profile = try await retried { () throws(ProfilingError) in
                try await CPUProfile.record(for: .seconds(1))
            }
            let read = try ProfileReader(profile.encoded())
            let samples = read.samples.filter { $0.labels["thread"] == "burner" }
            return samples.reduce(0) { $0 + $1.values[0] } >= 10 ? (read, samples) : nil
        }
        let all = samples.reduce(0) { $0 + $1.values[0] }
        let burning = samples.filter { $0.functions.contains { $0.contains("burnProcessorTime") } }
            .reduce(0) { $0 + $1.values[0] }
        #expect(Double(burning) > Double(all) * 0.5, "the rest copies memory")
        // Down to where the thread began.
        #expect(samples.contains { $0.functions.contains { $0.contains("startBurning") } })
        #expect(read.period == 10_000_000)
        #expect(read.duration >= 1_000_000_000)
        #expect(samples.allSatisfy { $0.values[1] == $0.values[0] * read.period })
        #expect(read.mappings.first?.hasNames == true)
    }

    @Test func aSecondProfileIsRefusedAndTheFirstOneGoesOn() async throws {
        let ring = try await retried { () throws(ProfilingError) in Held(try SampleRing()) }
        await #expect(throws: ProfilingError.busy) { try await CPUProfile.record(for: .milliseconds(1)) }
        let threads = await ThreadsProfile.take()
        #expect(threads.text(stacks: true).contains("no stacks: "))
        #expect(!threads.entries.isEmpty)
        withExtendedLifetime(ring) {}
    }

    @Test func aProfileThatNobodyWaitsForEndsAtOnce() async throws {
        let task = Task {
            try await retried { () throws(ProfilingError) in try await CPUProfile.record(for: .seconds(300)) }
        }
        try await waitUntil("the profile") {
            // Taken by this task, or by another suite's for a moment.
            do { _ = try SampleRing() } catch { return true }
            return false
        }
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: (any Error).self) { _ = try await task.value }
        #expect(ContinuousClock.now - start < .seconds(30))
        // And makes room for the next one.
        _ = try await retried { () throws(ProfilingError) in try await CPUProfile.record(for: .milliseconds(10)) }
    }

    /// Functions of the C library that have no frame hide their callers from whoever follows frame pointers.
    @Test func callersOfTheCLibraryAreNotLost() async throws {
        let burner = Burner()
        defer { burner.stop() }
        try await waitUntil("stacks in the C library") {
            let profile = try await retried { () throws(ProfilingError) in try await CPUProfile.record(for: .seconds(1))
            }
            // The function that copies has many versions, whose names are not in a library without its symbol table.
            return try ProfileReader(profile.encoded()).samples.contains {
                $0.functions.count > 1 && $0.functions[1].contains("copyMemory")
            }
        }
    }

    @Test func callsAreToldFromWhatIsNone() {
        #expect(LostCallers.endsWithCall([0, 0, 0xe8, 1, 2, 3, 4]))
        #expect(LostCallers.endsWithCall([0, 0xff, 0x15, 1, 2, 3, 4]))
        #expect(LostCallers.endsWithCall([0, 0, 0, 0, 0x41, 0xff, 0xd4]))
        #expect(LostCallers.endsWithCall([0, 0, 0, 0, 0xff, 0x50, 0x18]))
        #expect(!LostCallers.endsWithCall([0xe8, 0, 0, 0, 0, 0x48, 0x89]))
        #expect(!LostCallers.endsWithCall([]))
    }

    @Test func everyThreadTellsWhereItIs() async throws {
        let burner = Burner()
        defer { burner.stop() }
        let sleeper = Sleeper()
        defer { sleeper.stop() }
        try await waitUntil("stacks of all threads") {
            let threads = await ThreadsProfile.take()
            let read = try ProfileReader(threads.profile.encoded())
            let stack = { (name: String) in read.samples.first { $0.labels["thread"] == name }?.functions ?? [] }
            return stack("burner").contains { $0.contains("burnProcessorTime") }
                && stack("sleeper").contains { $0.contains("startSleeping") }
        }
    }

    @Test func stormsOfSignalsDoNoHarm() async throws {
        let burner = Burner()
        defer { burner.stop() }
        let seen = try await retried { () throws(ProfilingError) in
            let ring = try SampleRing()
            var callers = LostCallers()
            try ring.startTimer(perSecond: 1000)
            var seen = 0
            let end = ContinuousClock.now + .milliseconds(300)
            while ContinuousClock.now < end {
                _ = ring.ask(burner.thread)
                while let trace = ring.next(&callers) {
                    seen += trace.frames.isEmpty ? 0 : 1
                }
            }
            return seen
        }
        #expect(seen > 100)
    }

    @Test func whatFindsNoRoomIsCounted() async throws {
        let burner = Burner()
        defer { burner.stop() }
        try await waitUntil("the ring") {
            do throws(ProfilingError) {
                let ring = try SampleRing()
                var callers = LostCallers()
                let end = ContinuousClock.now + .seconds(20)
                while ring.dropped == 0, ContinuousClock.now < end { _ = ring.ask(ownThread()) }
                var count = 0
                while ring.next(&callers) != nil { count += 1 }
                #expect(ring.dropped > 0)
                #expect(count == 1024)
                return true
            } catch .busy {
                return false
            }
        }
    }

    @Test func tooManyDifferentStacksAreCut() {
        var counts = StackCounts(limit: 2)
        for frame in 0..<10 { counts.add(StackTrace(thread: 1, frames: [7, UInt64(frame)])) }
        counts.add(StackTrace(thread: 1, frames: [7, 0]))
        #expect(counts.total == 11)
        #expect(counts.cut == 8)
        #expect(counts.counts[StackTrace(thread: 1, frames: [7])] == 8)
    }

    @Test func memoryIsSummedUpByWhatIsMapped() {
        let regions = HeapProfile.regions(
            """
            00400000-00500000 r-xp 00000000 fe:01 1 /bin/a
            Size:               1024 kB
            Rss:                 100 kB
            VmFlags: rd ex
            00600000-00700000 rw-p 00000000 fe:01 1 /bin/a
            Rss:                  20 kB
            7f0000000000-7f0000001000 rw-p 00000000 00:00 0
            Rss:                 300 kB
            7f0000002000-7f0000003000 rw-p 00000000 00:00 0
            Rss:                   0 kB
            7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0 [stack]
            Rss:      nonsense kB
            """)
        #expect(regions == [.init(name: "[anonymous]", resident: 307_200), .init(name: "/bin/a", resident: 122_880)])
    }

    @Test func theHeapGrowsByWhatIsAllocated() throws {
        let before = try ProfileReader(HeapProfile.take().profile.encoded())
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 64 << 20, alignment: 16)
        defer { memory.deallocate() }
        let after = try ProfileReader(HeapProfile.take().profile.encoded())
        let sum = { (read: ProfileReader) in
            read.samples.filter { $0.functions.last == "malloc" }.reduce(0) { $0 + $1.values[1] }
        }
        #expect(sum(after) - sum(before) > 32 << 20)
        #expect(after.measures == ["resident/bytes", "inuse_space/bytes"])
        #expect(after.samples.contains { $0.functions.last == "mapped" && $0.values[0] > 1 << 20 })
        #expect(HeapProfile.take().text.contains("there are no stacks"))
    }
}

@Suite struct ProfilePagesTests {
    @Test(arguments: ["abc", "", "0", "-1", "301", "1.5", "99999999999999999999"])
    func wrongSecondsAreRefusedWithWhatIsRight(_ seconds: String) async {
        let answer = await ProfilePages.answer(ProfileRequest(page: "profile", parameters: ["seconds": seconds]))
        #expect(answer.status == 400)
        #expect(text(answer) == "seconds must be a whole number from 1 to 300\n")
    }

    @Test(arguments: ["heap", "threads"]) func wrongLevelsAreRefused(_ page: String) async {
        let answer = await ProfilePages.answer(ProfileRequest(page: page, parameters: ["debug": "x"]))
        #expect(answer.status == 400)
    }

    @Test func symbolsAreNamed() async throws {
        let address = try #require(dlsym(nil, "cprofiler_begin") ?? dlsym(nil, "swift_retain"))
        let number = UInt64(UInt(bitPattern: address))
        #expect(text(await ProfilePages.answer(.init(page: "symbol"))) == "num_symbols: 1\n")
        let answer = await ProfilePages.answer(
            .init(page: "symbol", addresses: "0x\(String(number, radix: 16))+0x1+zz"))
        let lines = text(answer).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.last?.hasPrefix("0x\(String(number, radix: 16)) ") == true)
    }

    @Test func theCommandLineIsAsGoGivesIt() async throws {
        let answer = await ProfilePages.answer(ProfileRequest(page: "cmdline"))
        #expect(text(answer).split(separator: "\0").map(String.init) == CommandLine.arguments)
        #expect(answer.body.last != 0)
    }

    @Test func whatThereIsNotSaysSo() async {
        let trace = await ProfilePages.answer(ProfileRequest(page: "trace"))
        #expect(trace.status == 501)
        #expect(text(trace).split(separator: "\n").count == 1)
        let other = await ProfilePages.answer(ProfileRequest(page: "goroutine"))
        #expect(other.status == 404)
        #expect(text(other).contains("threads"))
    }

    private func text(_ answer: ProfileAnswer) -> String { String(decoding: answer.body, as: UTF8.self) }
}

/// Tries again for as long as somebody else has the profiler.
private func retried<Value>(_ body: () async throws(ProfilingError) -> Value) async throws -> Value {
    var value: Value?
    try await waitUntil("the profiler") {
        do throws(ProfilingError) {
            value = try await body()
            return true
        } catch .busy {
            return false
        }
    }
    return try #require(value)
}

private final class Held {
    let ring: SampleRing
    init(_ ring: consuming SampleRing) { self.ring = ring }
}

/// The kernel's number of the calling thread; 0 when it does not tell.
private func ownThread() -> Int32 {
    let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
    return path.flatMap { Int32($0.split(separator: "/").last ?? "") } ?? 0
}

/// A thread called `burner` that does nothing but compute.
private final class Burner: Sendable {
    private let isStopped = Atomic(false)
    private let number = Atomic<Int32>(0)

    var thread: Int32 { number.load(ordering: .acquiring) }

    init() {
        Thread.detachNewThread { [self] in
            cprocess_set_name("burner")
            number.store(ownThread(), ordering: .releasing)
            startBurning()
        }
        while thread == 0 { sched_yield() }
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    @inline(never) private func startBurning() {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 1, count: 1 << 20)
        while !isStopped.load(ordering: .relaxed) {
            _ = burnProcessorTime(100_000)
            copyMemory(memory)
        }
    }
}

@inline(never) private func burnProcessorTime(_ rounds: Int) -> Double {
    var value = 1.5
    for round in 0..<rounds { value = value * 0.999 + Double(round & 3) }
    return value
}

@inline(never) private func copyMemory(_ memory: UnsafeMutableRawPointer) {
    for _ in 0..<4 { memcpy(memory, memory + (512 << 10), 512 << 10) }
}

private final class Sleeper: Sendable {
    private let isStopped = Atomic(false)

    init() {
        Thread.detachNewThread { [self] in
            cprocess_set_name("sleeper")
            startSleeping()
        }
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    @inline(never) private func startSleeping() {
        while !isStopped.load(ordering: .relaxed) { poll(nil, 0, 100) }
    }
}
