import Complaints
import FoundationEssentials
import Templates

/// A template with what it is rendered for.
struct Sample: Decodable {
    /// A failure as people write it down; what is left out is empty.
    struct Document: Decodable {
        var id = "web.core.prod.instance-1f2e"
        var name = "web.core.prod"
        var slave = "agent-17.example.net"
        var framework = "marathon"
        var image = "registry.example.com/core/web:1.2.3"
        var state = "TASK_FAILED"
        var started = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
        var finished = Timestamp(nanoseconds: 1_700_003_600_000_000_000)
        var labels: [String: String] = [:]

        init() {}

        private enum Key: String, CodingKey {
            case id = "ID"
            case name = "Name"
            case slave = "Slave"
            case framework = "Framework"
            case image = "Image"
            case state = "State"
            case started = "Started"
            case finished = "Finished"
            case labels = "Labels"
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            func text(_ key: Key) throws -> String { try fields.decodeIfPresent(String.self, forKey: key) ?? "" }
            func moment(_ key: Key) throws -> Timestamp {
                guard let text = try fields.decodeIfPresent(String.self, forKey: key) else {
                    return Timestamp(nanoseconds: 0)
                }
                guard let moment = Timestamp(rfc3339: text) else {
                    throw DecodingError.dataCorruptedError(
                        forKey: key, in: fields, debugDescription: "\"\(text)\" is not a time as in RFC 3339")
                }
                return moment
            }
            id = try text(.id)
            name = try text(.name)
            slave = try text(.slave)
            framework = try text(.framework)
            image = try text(.image)
            state = try text(.state)
            started = try moment(.started)
            finished = try moment(.finished)
            labels = try fields.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
        }
    }

    struct Answer: Encodable {
        var id: Int?
        var out: String
        var err: String?

        enum Key: String, CodingKey { case id, out, err }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: Key.self)
            try fields.encode(id, forKey: .id)
            try fields.encode(out, forKey: .out)
            try fields.encode(err, forKey: .err)
        }
    }

    var id: Int?
    var template: String
    var failure: Document
    var labels: [String: String]
    var stdoutURL: String
    var stderrURL: String

    private enum Key: String, CodingKey { case id, template, failure, labels, stdoutURL, stderrURL }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        id = try fields.decodeIfPresent(Int.self, forKey: .id)
        template = try fields.decode(String.self, forKey: .template)
        failure = try fields.decodeIfPresent(Document.self, forKey: .failure) ?? Document()
        labels = try fields.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
        stdoutURL = try fields.decodeIfPresent(String.self, forKey: .stdoutURL) ?? ""
        stderrURL = try fields.decodeIfPresent(String.self, forKey: .stderrURL) ?? ""
    }

    private init(template: String) {
        self.template = template
        failure = Document()
        labels = [:]
        let run =
            "http://agent-17.example.net:5051/files/download?path=/var/lib/mesos/slaves/S1/frameworks/F1/executors/web/runs/latest/"
        stdoutURL = run + "stdout"
        stderrURL = run + "stderr"
    }

    static let standard = Sample(template: "")

    /// The template parsed and the data made, to be rendered as often as wanted.
    func prepared() throws(TemplateParseError) -> () throws(TemplateExecutionError) -> String {
        var subject = Failure(
            id: failure.id, name: failure.name, slave: failure.slave, framework: failure.framework,
            image: failure.image, state: failure.state, started: failure.started, finished: failure.finished,
            labels: failure.labels, frameworkID: "", agentID: "")
        subject.terminal = failure.finished
        let config = TemplateData.config { [labels] in labels[$0] }
        let data = TemplateData.value(
            subject, Evidence(stdoutURL: stdoutURL, stderrURL: stderrURL), config: config)
        let parsed = try Template(name: "", template, functions: ["config"])
        return { () throws(TemplateExecutionError) in try parsed.render(data, functions: ["config": config]) }
    }

    func render() -> Answer {
        let render: () throws(TemplateExecutionError) -> String
        do throws(TemplateParseError) {
            render = try prepared()
        } catch {
            return Answer(id: id, out: "", err: error.description)
        }
        do throws(TemplateExecutionError) {
            return Answer(id: id, out: try render(), err: nil)
        } catch {
            return Answer(id: id, out: error.output, err: error.description)
        }
    }

    /// Where and what, in a few words.
    static func explain(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
        }
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return place(context)
        case .keyNotFound(let key, _): return "\(key.stringValue) is missing"
        @unknown default: return "it cannot be decoded"
        }
    }
}
