import FoundationEssentials
import Glibc

/// What somebody wants to know about a process, as it stands in the address of a page below `/debug/pprof/`.
public struct ProfileRequest: Codable, Equatable, Sendable {
    /// `profile`, `heap`, …
    public var page: String
    public var parameters: [String: String]
    /// Addresses, for `symbol`.
    public var addresses: String
    /// A profile is to come as a part, for ``ProfilePages/joined(_:page:)``.
    public var isPart = false

    public init(page: String, parameters: [String: String] = [:], addresses: String = "") {
        self.page = page
        self.parameters = parameters
        self.addresses = addresses
    }
}

/// What it is told, in terms of HTTP.
public struct ProfileAnswer: Codable, Equatable, Sendable {
    public var status: Int
    /// The name under which a browser saves it; nil for text to be read.
    public var file: String?
    /// The body is a ``Profile`` in JSON.
    public var isPart = false
    public var body: Data

    public init(status: Int = 200, file: String? = nil, body: Data) {
        self.status = status
        self.file = file
        self.body = body
    }

    public static func text(_ text: String, status: Int = 200) -> ProfileAnswer {
        ProfileAnswer(status: status, body: Data(text.utf8))
    }

    /// One line that says what is wrong.
    public static func problem(_ line: String, status: Int) -> ProfileAnswer { .text(line + "\n", status: status) }
}

/// The pages about this process below `/debug/pprof/`, as Go's `net/http/pprof` has them.
public enum ProfilePages {
    /// All pages, each with what it tells.
    public static let all: [(name: String, about: String)] = [
        ("profile", "what the processors' time goes to: a CPU profile of ?seconds=N, 30 by default, 300 at most"),
        ("threads", "all threads, and where each is at the moment; ?debug=1 is text, ?debug=2 text with stacks"),
        ("heap", "memory by what it is used for; ?debug=1 is text"),
        ("cmdline", "the command line, its words separated by NUL"),
        ("symbol", "the names of functions: addresses as 0x1+0x2, in the query or POSTed"),
        ("trace", "not there: Go's execution traces have no counterpart"),
    ]
    private static let maximumSeconds = 300
    private static let defaultSeconds = 30
    private static let maximumAddresses = 10_000

    /// Answers; a profile that takes its time ends when the task is cancelled.
    public static func answer(_ request: ProfileRequest) async -> ProfileAnswer {
        switch request.page {
        case "profile", "heap", "threads": return await measured(request)
        case "cmdline":
            // Go has no NUL after the last word.
            let words = ProcFile.bytes("/proc/self/cmdline") ?? []
            return ProfileAnswer(body: Data(words.last == 0 ? words.dropLast() : words[...]))
        case "symbol": return .text(symbols(request.addresses))
        case "trace":
            return .problem(
                "There are no execution traces, which are of Go's runtime; see profile and threads?debug=2 instead",
                status: 501)
        default: return .problem(unknown(request.page), status: 404)
        }
    }

    /// What to say of a page that there is not.
    public static func unknown(_ page: String) -> String {
        "There is no such profile; there are: \(all.map(\.name).joined(separator: ", "))"
    }

    private static func measured(_ request: ProfileRequest) async -> ProfileAnswer {
        let give = { (profile: Profile) in request.isPart ? part(profile) : file(request.page, profile) }
        if request.page == "profile" { return await profile(request.parameters["seconds"], give) }
        let debug = request.parameters["debug"] ?? "0"
        guard let level = Int(debug), (0...2).contains(level) else {
            return .problem("debug must be 0 (for go tool pprof), 1 or 2 (text)", status: 400)
        }
        if request.page == "heap" {
            let heap = HeapProfile.take()
            return level == 0 ? give(heap.profile) : .text(heap.text)
        }
        let threads = await ThreadsProfile.take()
        return level == 0 ? give(threads.profile) : .text(threads.text(stacks: level == 2))
    }

    private static func profile(_ seconds: String?, _ give: (Profile) -> ProfileAnswer) async -> ProfileAnswer {
        var wanted = defaultSeconds
        if let seconds {
            guard let number = Int(seconds), (1...maximumSeconds).contains(number) else {
                return .problem("seconds must be a whole number from 1 to \(maximumSeconds)", status: 400)
            }
            wanted = number
        }
        do throws(ProfilingError) {
            return give(try await CPUProfile.record(for: .seconds(wanted)))
        } catch {
            return .problem("\(error)", status: 500)
        }
    }

    private static func part(_ profile: Profile) -> ProfileAnswer {
        guard let body = try? JSONEncoder().encode(profile) else {
            return .problem("the profile cannot be encoded", status: 500)
        }
        var answer = ProfileAnswer(body: body)
        answer.isPart = true
        return answer
    }

    static func file(_ name: String, _ profile: Profile) -> ProfileAnswer {
        let bytes = profile.encoded()
        // pprof takes both.
        return ProfileAnswer(file: name, body: Data(Gzip.compress(bytes) ?? bytes))
    }

    /// As Go has it: how many names there are, of which all that matters is that it is not none, and the names of the
    /// addresses that were asked for.
    private static func symbols(_ text: String) -> String {
        let addresses = text.split(separator: "+", maxSplits: maximumAddresses).prefix(maximumAddresses).compactMap {
            word -> UInt64? in
            let digits = word.drop { $0.isWhitespace }.prefix { !$0.isWhitespace }
            return digits.hasPrefix("0x") ? UInt64(digits.dropFirst(2), radix: 16) : UInt64(digits)
        }
        guard !addresses.isEmpty else { return "num_symbols: 1\n" }
        let (places, _) = Symbolizer().places(of: addresses)
        let lines = addresses.compactMap { address in
            places[address]?.symbol.map { "0x\(String(address, radix: 16)) \(Symbolizer.readable($0))\n" }
        }
        return "num_symbols: 1\n" + lines.joined()
    }
}
