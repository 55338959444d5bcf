import Complaints
import Crypto

extension Report {
    /// What a key is set to for this report: by the task's label, else by the setting `KIND.KEY`.
    func value(_ key: String, _ settings: SettingValues) -> String? {
        label(key) ?? (withheld.contains("\(kind).\(key)") ? nil : settings["\(kind).\(key)"])
    }

    /// The same of a boolean; a label that is none does not count.
    func flag(_ key: String, _ settings: SettingValues) -> Bool? {
        label(key).flatMap { SettingValues([key: [$0]]).bool(key) } ?? settings.bool("\(kind).\(key)")
    }

    /// What a service knows this failure by, in every try and from every worker: 32 hexadecimal digits.
    var identifier: String {
        SHA256.hash(data: Array("\(delivery.failure.key)".utf8)).prefix(16).hexadecimal
    }

    /// The sentence that sums the failure up.
    var summary: String {
        let text =
            delivery.held?.summary(of: delivery.failure)
            ?? "Task \(delivery.failure.name) died with status \(delivery.failure.state)"
        return delivery.isTest ? "\(Self.testMark) \(text)" : text
    }

    /// The same with the failure's texts changed; labels stay, because their owner means what they say.
    ///
    /// - Parameter tails: what is done to the ends of logs, which have several lines, if not the same.
    func escaped(_ escape: (String) -> String, tails: ((String) -> String)? = nil) -> Report {
        func escapeTail(_ text: String) -> String { tails?(text) ?? escape(text) }
        var copy = self
        copy.delivery.failure.id = escape(delivery.failure.id)
        copy.delivery.failure.name = escape(delivery.failure.name)
        copy.delivery.failure.slave = escape(delivery.failure.slave)
        copy.delivery.failure.framework = escape(delivery.failure.framework)
        copy.delivery.failure.image = escape(delivery.failure.image)
        copy.delivery.failure.state = escape(delivery.failure.state)
        copy.delivery.failure.message = escape(delivery.failure.message)
        copy.delivery.failure.reason = escape(delivery.failure.reason)
        copy.delivery.failure.source = escape(delivery.failure.source)
        copy.delivery.failure.executorID = escape(delivery.failure.executorID)
        copy.delivery.evidence.stdoutTail = escapeTail(delivery.evidence.stdoutTail)
        copy.delivery.evidence.stderrTail = escapeTail(delivery.evidence.stderrTail)
        copy.delivery.evidence.logsError = delivery.evidence.logsError.map(escape)
        copy.escapeRemarks(escape)
        return copy
    }
}

extension Sequence<UInt8> {
    /// Lower case.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
