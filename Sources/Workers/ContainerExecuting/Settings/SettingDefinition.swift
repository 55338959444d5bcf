import GoNotation

/// One setting: its variable, how its text is read, and how its value is shown.
struct SettingDefinition: Sendable {
    typealias Path<Value> = any WritableKeyPath<ExecutorSettings, Value> & Sendable

    let variable: String
    /// Other variables that are read when that one is not set.
    let aliases: [String]
    /// What it is for, in a few words; the unit is in the default.
    let help: String
    /// Puts the value in; the reason when the text does not stand for one.
    let parse: @Sendable (String, inout ExecutorSettings) -> String?
    let show: @Sendable (ExecutorSettings) -> String

    private init<Value>(
        _ name: String, _ path: Path<Value>, _ help: String, variable: String? = nil, aliases: [String] = [],
        read: @escaping @Sendable (String) throws(Reason) -> Value, show: @escaping @Sendable (Value) -> String
    ) {
        self.variable = variable ?? Self.variable(of: name)
        self.aliases = aliases
        self.help = help
        parse = { text, settings in
            do throws(Reason) {
                settings[keyPath: path] = try read(text)
                return nil
            } catch {
                return error.text
            }
        }
        self.show = { show($0[keyPath: path]) }
    }

    private struct Reason: Error {
        var text: String
        init(_ text: String) { self.text = text }
    }

    /// `EXECUTOR_SIDECAR_RETRY_DELAY` for `SidecarRetryDelay`.
    static func variable(of name: String) -> String {
        var result = "EXECUTOR"
        for character in name {
            if character.isUppercase { result += "_" }
            result += character.uppercased()
        }
        return result
    }

    // MARK: Kinds

    static func text(
        _ name: String, _ path: Path<String>, _ help: String, variable: String? = nil, aliases: [String] = []
    ) -> Self {
        Self(name, path, help, variable: variable, aliases: aliases, read: { $0 }, show: { $0 })
    }

    static func flag(_ name: String, _ path: Path<Bool>, _ help: String) -> Self {
        Self(name, path, help) { text throws(Reason) in
            do throws(GoBoolError) { return try GoBool.parse(text) } catch {
                throw Reason("not a boolean; say true or false")
            }
        } show: {
            $0 ? "true" : "false"
        }
    }

    static func count(_ name: String, _ path: Path<Int>, _ help: String, _ range: ClosedRange<Int>) -> Self {
        Self(name, path, help) { text throws(Reason) in
            guard let number = Int(text), range.contains(number) else {
                throw Reason("not a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        } show: {
            String($0)
        }
    }

    /// Plain seconds, as the original wants them; a duration is understood too.
    static func wholeSeconds(_ name: String, _ path: Path<Duration>, _ help: String) -> Self {
        Self(name, path, help) { text throws(Reason) in
            if let seconds = Int64(text), (0...1_000_000).contains(seconds) { return .seconds(seconds) }
            guard let nanoseconds = try? GoDuration.parse(text), nanoseconds >= 0 else {
                throw Reason("not a number of seconds such as 5, nor a duration such as 1m30s")
            }
            return .nanoseconds(nanoseconds)
        } show: {
            String($0.components.seconds)
        }
    }

    static func duration(
        _ name: String, _ path: Path<Duration>, _ help: String, isPositive: Bool = false, variable: String? = nil
    ) -> Self {
        Self(name, path, help, variable: variable) { text throws(Reason) in
            try duration(text, isPositive: isPositive)
        } show: {
            show(duration: $0)
        }
    }

    static func optionalDuration(_ name: String, _ path: Path<Duration?>, _ help: String, variable: String? = nil)
        -> Self
    {
        Self(name, path, help, variable: variable) { text throws(Reason) in
            try duration(text, isPositive: true)
        } show: {
            $0.map(show(duration:)) ?? ""
        }
    }

    static func list(_ name: String, _ path: Path<[String]>, _ help: String) -> Self {
        Self(name, path, help) { text in
            text.split(separator: ",").map { part in
                let words = part.drop(while: \.isWhitespace)
                return String(
                    words[..<(words.lastIndex { !$0.isWhitespace }.map(words.index(after:)) ?? words.startIndex)])
            }.filter { !$0.isEmpty }
        } show: {
            $0.joined(separator: ",")
        }
    }

    static func word(_ name: String, _ path: Path<String>, _ help: String, of words: [String]) -> Self {
        Self(name, path, help) { text throws(Reason) in
            guard words.contains(text) else { throw Reason("not one of \(words.joined(separator: ", "))") }
            return text
        } show: {
            $0
        }
    }

    /// `host:port` or `[IPv6 address]:port`.
    static func address(_ name: String, _ path: Path<HostAndPort>, _ help: String) -> Self {
        Self(name, path, help) { text throws(Reason) in
            guard let address = HostAndPort(text) else {
                throw Reason("not HOST:PORT such as 127.0.0.1:514 or [::1]:514")
            }
            return address
        } show: {
            $0.description
        }
    }

    /// The beginning of a container's name: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`, as Docker wants it.
    static func name(_ name: String, _ path: Path<String>, _ help: String) -> Self {
        Self(name, path, help) { text throws(Reason) in
            let isPlain = text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
            guard isPlain, let first = text.utf8.first, !"_.-".utf8.contains(first) else {
                throw Reason("a container's name starts with a letter or digit and holds letters, digits, _ . - only")
            }
            return text
        } show: {
            $0
        }
    }

    private static func duration(_ text: String, isPositive: Bool) throws(Reason) -> Duration {
        guard let nanoseconds = try? GoDuration.parse(text) else {
            throw Reason("not a duration such as 30s or 1m30s")
        }
        guard nanoseconds > 0 || nanoseconds == 0 && !isPositive else {
            throw Reason(isPositive ? "must be more than 0" : "must not be negative")
        }
        return .nanoseconds(nanoseconds)
    }

    private static func show(duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return GoDuration.format(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
