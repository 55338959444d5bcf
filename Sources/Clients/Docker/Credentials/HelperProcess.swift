import Glibc

/// A short program that is given something to read and asked for something to say.
enum HelperProcess {
    struct Outcome: Sendable {
        /// Its exit status; 128 and more: the signal that ended it.
        var status: Int32
        var output: [UInt8]
    }

    /// More than any helper says.
    static let maximumOutput = 1 << 20

    /// Runs it on a thread of its own, since waiting blocks; kills it, and all it started, after `patience`.
    static func run(
        _ path: String, _ arguments: [String], environment: [String: String], input: [UInt8], patience: Duration
    ) async throws(CredentialsError) -> Outcome {
        let result = await withCheckedContinuation {
            (done: CheckedContinuation<Result<Outcome, CredentialsError>, Never>) in
            Worker.detach {
                let result: Result<Outcome, CredentialsError>
                do throws(CredentialsError) {
                    result = .success(
                        try Running(path, arguments, environment: environment).exchange(input, patience: patience))
                } catch {
                    result = .failure(error)
                }
                done.resume(returning: result)
            }
        }
        return try result.get()
    }

    /// The started process, its standard input and its output. Standard error is ours.
    private struct Running {
        let path: String
        let pid: pid_t
        let input: Int32
        let output: Int32

        init(_ path: String, _ arguments: [String], environment: [String: String]) throws(CredentialsError) {
            var toChild: [Int32] = [-1, -1]
            var fromChild: [Int32] = [-1, -1]
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &toChild) == 0
            else {
                throw CredentialsError("\(path): socketpair: \(String(cString: strerror(errno)))")
            }
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &fromChild) == 0
            else {
                close(toChild[0])
                close(toChild[1])
                throw CredentialsError("\(path): socketpair: \(String(cString: strerror(errno)))")
            }
            defer {
                close(toChild[1])
                close(fromChild[1])
            }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_adddup2(&actions, toChild[1], 0)
            posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
            // What this process was started with is not the helper's; what it opens itself is close-on-exec.
            for inherited in Int32(3)...9 { posix_spawn_file_actions_addclose(&actions, inherited) }
            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            var none = sigset_t()
            var all = sigset_t()
            sigemptyset(&none)
            sigfillset(&all)
            posix_spawnattr_setsigmask(&attributes, &none)
            posix_spawnattr_setsigdefault(&attributes, &all)
            posix_spawnattr_setpgroup(&attributes, 0)
            posix_spawnattr_setflags(
                &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
            let argv = ([path] + arguments).map { strdup($0) } + [nil]
            let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
            defer { for pointer in argv + envp { free(pointer) } }
            var child: pid_t = -1
            let code = posix_spawn(&child, path, &actions, &attributes, argv, envp)
            guard code == 0 else {
                close(toChild[0])
                close(fromChild[0])
                throw CredentialsError("\(path) cannot be started: \(String(cString: strerror(code)))")
            }
            (self.path, pid, input, output) = (path, child, toChild[0], fromChild[0])
        }

        func exchange(_ bytes: [UInt8], patience: Duration) throws(CredentialsError) -> Outcome {
            // A registry's name always fits into the socket's buffer; a helper that is gone already is seen below.
            _ = bytes.withUnsafeBytes { send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            shutdown(input, Int32(SHUT_WR))
            let deadline = ContinuousClock.now + patience
            let result = Result { () throws(CredentialsError) in try read(until: deadline) }
            if case .failure = result { kill(-pid, SIGKILL) }
            close(input)
            close(output)
            let status = reap(until: deadline)
            let said = try result.get()
            guard let status else { throw CredentialsError("\(path) did not end in time and was killed") }
            let signal = status & 0x7F
            return Outcome(status: signal == 0 ? status >> 8 & 0xFF : 128 + signal, output: said)
        }

        /// What it ended with: one that has said all may still hang. nil: it had to be killed.
        private func reap(until deadline: ContinuousClock.Instant) -> Int32? {
            var status: Int32 = 0
            while waitpid(pid, &status, WNOHANG) == 0 {
                guard .now < deadline else {
                    kill(-pid, SIGKILL)
                    while waitpid(pid, &status, 0) == -1, errno == EINTR {}
                    return nil
                }
                usleep(2000)
            }
            return status
        }

        private func read(until deadline: ContinuousClock.Instant) throws(CredentialsError) -> [UInt8] {
            var content: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            while true {
                let (seconds, fraction) = ContinuousClock.now.duration(to: deadline).components
                let milliseconds = seconds * 1000 + fraction / 1_000_000_000_000_000
                guard milliseconds > 0 else { throw CredentialsError("\(path) did not end in time and was killed") }
                var descriptor = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
                guard poll(&descriptor, 1, Int32(min(milliseconds, 60_000))) > 0 else { continue }
                let count = Glibc.read(output, &chunk, chunk.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return content }
                content += chunk[..<count]
                guard content.count <= maximumOutput else {
                    throw CredentialsError("\(path) says more than a megabyte")
                }
            }
        }
    }

    /// A thread that runs one closure.
    private final class Worker {
        private let body: @Sendable () -> Void

        private init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }

        static func detach(_ body: @escaping @Sendable () -> Void) {
            var thread = pthread_t()
            let box = Unmanaged.passRetained(Worker(body))
            let code = pthread_create(
                &thread, nil,
                { pointer in
                    guard let pointer else { return nil }
                    Unmanaged<Worker>.fromOpaque(pointer).takeRetainedValue().body()
                    return nil
                }, box.toOpaque())
            guard code == 0 else {
                // No thread to be had: then here, however long it takes.
                box.takeRetainedValue().body()
                return
            }
            pthread_detach(thread)
        }
    }
}
