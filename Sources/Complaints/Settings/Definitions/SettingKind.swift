/// What a setting's value looks like.
public enum SettingKind: Hashable, Sendable {
    /// Any text.
    case string
    /// One of the words of Go's `ParseBool`.
    case bool
    /// A Go duration of at least so many nanoseconds.
    case duration(atLeast: Int64 = 0)
    case integer(ClosedRange<Int>)
    /// One of these words.
    case word([String])
    /// Some of these words, separated by commas.
    case words([String])
    /// A regular expression.
    case regexp
    /// A Go text/template.
    case template
    /// `key:template;…`, holding at least these keys.
    case fields([String])
    /// An absolute URL with one of these schemes.
    case url(schemes: [String])
    /// Addresses of Mesos masters, separated by commas.
    case masters
    /// Where to listen: `host:port`, `:port`, or `off`.
    case listener
    /// A file; it need not exist.
    case file
    case directory

    /// Whether the value is the path of a file or a directory.
    public var isPath: Bool { self == .file || self == .directory }

    /// Whether the value is several ones, separated by commas.
    var isList: Bool {
        switch self {
        case .words, .masters: true
        default: false
        }
    }

    /// Whether "" is a value, or stands for none; a boolean or a number has no empty form.
    var mayBeEmpty: Bool {
        switch self {
        case .bool, .duration, .integer: false
        default: true
        }
    }

    /// The words that complete the value, for shells.
    var choices: [String] {
        switch self {
        case .word(let words), .words(let words): words
        case .bool: ["true", "false"]
        default: []
        }
    }

    /// What stands for the value in help texts when the setting does not say.
    var placeholder: String {
        switch self {
        case .string: "TEXT"
        case .bool: "BOOL"
        case .duration: "DURATION"
        case .integer: "N"
        case .word(let words) where words.count <= 4: words.joined(separator: "|")
        case .word: "WORD"
        case .words: "WORD,…"
        case .regexp: "REGEXP"
        case .template: "TEMPLATE"
        case .fields: "KEY:TEMPLATE;…"
        case .url: "URL"
        case .masters: "URL,…"
        case .listener: "HOST:PORT"
        case .file: "FILE"
        case .directory: "DIR"
        }
    }
}
