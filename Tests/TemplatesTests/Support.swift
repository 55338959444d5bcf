import Foundation
import Testing

@testable import Templates

/// What real Go made of a template and a failure.
struct GoCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Failure: Decodable {
        var id, name, slave, framework, image, state: String
        var started, finished: String
        var labels: [String: String]

        enum CodingKeys: String, CodingKey {
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
    }

    struct Expectation: Decodable {
        var out: String
        /// The output where it is not UTF-8.
        var base64: String?
        var err: String?

        enum CodingKeys: String, CodingKey {
            case out, err
            case base64 = "out_b64"
        }

        var bytes: [UInt8] {
            base64.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) } ?? Array(out.utf8)
        }
    }

    var id: Int
    var template: String
    var failure: Failure
    var labels: [String: String]
    var stdoutURL: String
    var stderrURL: String
    var expect: Expectation

    var testDescription: String { "\(id): \(template)" }
}

enum Support {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Support/templates")

    /// The lines of a file of expectations.
    static func lines<Line: Decodable>(of file: String, as type: Line.Type = Line.self) throws -> [Line] {
        let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
        return try text.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    /// Templates for the first case's failure: what the cases leave out, as Go 1.22 renders it.
    static let facts: [GoCase] = {
        struct Fact: Decodable {
            var id: Int
            var template: String
            var expect: GoCase.Expectation
        }
        guard let first = cases.first, let facts = try? lines(of: "facts.jsonl", as: Fact.self) else { return [] }
        return facts.map { fact in
            var test = first
            (test.id, test.template, test.expect) = (fact.id, fact.template, fact.expect)
            return test
        }
    }()

    static let cases: [GoCase] = (try? lines(of: "templates.jsonl")) ?? []

    /// RFC 3339 with an optional fraction, in UTC or with an offset.
    static func time(_ text: String) -> Value {
        let main = text.prefix(19)
        let fields = main.split { !$0.isNumber }.compactMap { Int($0) }
        var rest = text.dropFirst(19)
        var nanoseconds: Int32 = 0
        if rest.first == "." {
            let digits = rest.dropFirst().prefix { $0.isNumber }
            nanoseconds = Int32(digits.padding(toLength: 9, withPad: "0", startingAt: 0)) ?? 0
            rest = rest.dropFirst(digits.count + 1)
        }
        var seconds = GoTime.days(year: Int64(fields[0]), month: fields[1], day: fields[2]) * 86400
        seconds += Int64(fields[3] * 3600 + fields[4] * 60 + fields[5])
        if rest != "Z" {
            let offset = rest.dropFirst().split(separator: ":").compactMap { Int64($0) }
            seconds -= (rest.first == "-" ? -1 : 1) * (offset[0] * 3600 + offset[1] * 60)
        }
        return .time(unixSeconds: seconds, nanoseconds: nanoseconds)
    }

    static func failure(_ failure: GoCase.Failure) -> Value {
        .object(
            GoObject(
                type: "complainer.Failure",
                fields: [
                    ("ID", .string(failure.id)), ("Name", .string(failure.name)), ("Slave", .string(failure.slave)),
                    ("Framework", .string(failure.framework)), ("Image", .string(failure.image)),
                    ("State", .string(failure.state)), ("Started", time(failure.started)),
                    ("Finished", time(failure.finished)), ("Labels", .map(failure.labels)),
                ], string: { "\(failure.name) (\(failure.id)) from \(failure.slave)" }))
    }

    static func config(_ labels: [String: String]) -> Value.Function {
        Value.Function(type: "reporter.ConfigProvider") { labels[$0] ?? "" }
    }

    /// The expectations were made in UTC, and the zone is read once a process, with the first time that is shown.
    private static let utc: Void = { _ = setenv("TZ", "UTC", 1) }()

    static func data(_ test: GoCase) -> Value {
        _ = utc
        return .map([
            "nl": "\n", "config": .function(config(test.labels)), "failure": failure(test.failure),
            "stdoutURL": .string(test.stdoutURL), "stderrURL": .string(test.stderrURL),
        ])
    }

    /// Output and error, as the files have them.
    static func render(_ test: GoCase) -> (output: [UInt8], error: String?, parseError: TemplateParseError?) {
        let template: Template
        do throws(TemplateParseError) {
            template = try Template(name: "", test.template, functions: ["config"])
        } catch {
            return ([], "template: \(error.name):\(error.line): \(error.message)", error)
        }
        do throws(TemplateExecutionError) {
            return (try template.renderBytes(data(test), functions: ["config": config(test.labels)]), nil, nil)
        } catch {
            return (error.outputBytes, error.description, nil)
        }
    }
}
