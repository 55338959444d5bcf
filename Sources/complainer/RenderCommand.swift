import Complaints
import FoundationEssentials
import Glibc
import Reporting

/// `complainer render`: shows what a format makes of a failure, without a cluster.
enum RenderCommand {
    static func run(_ arguments: [String]) -> Int32 {
        let settings = Complainer.configuration(arguments, command: "render", requiresAll: false).all
        if settings.bool("batch") == true { return batch() }
        var sample = Sample.standard
        if let path = settings["failure"], !path.isEmpty {
            do {
                guard let bytes = try ConfigurationFiles.read(path) else {
                    return refuse("-failure: there is no file \(path)")
                }
                sample.failure = try JSONDecoder().decode(Sample.Document.self, from: Data(bytes))
            } catch let error as DecodingError {
                return refuse("-failure: \(path) is not a failure in JSON: \(Sample.explain(error))")
            } catch {
                return refuse("-failure: \(error)")
            }
        }
        do throws(LabelArguments.Invalid) {
            let labels = try LabelArguments.parse(settings.all("label"))
            sample.labels.merge(labels) { $1 }
            sample.failure.labels.merge(labels) { $1 }
        } catch {
            return refuse("\(error)")
        }
        sample.template = settings["format"] ?? FileReporter.defaultFormat
        let count = settings.integer("repeat") ?? 1
        if count > 1 { return measure(sample, count) }
        let answer = sample.render()
        print(answer.out, terminator: "")
        guard let error = answer.err else { return 0 }
        return refuse("-format: \(error)")
    }

    /// Renders over and over: a format that is slow is found before it is used.
    private static func measure(_ sample: Sample, _ count: Int) -> Int32 {
        let clock = ContinuousClock()
        do {
            let render = try sample.prepared()
            let begin = clock.now
            for _ in 0..<count { _ = try render() }
            let each = begin.duration(to: clock.now) / count
            print("\(count) times, \(each / .microseconds(1)) µs each")
            return 0
        } catch {
            return refuse("-format: \(error)")
        }
    }

    private static func refuse(_ line: String) -> Int32 {
        Complainer.complain("complainer: \(line)")
        return 1
    }

    /// One JSON document a line in, one out; a line that cannot be read is answered with an error, too.
    private static func batch() -> Int32 {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        while let line = readLine(strippingNewline: true) {
            guard !line.isEmpty else { continue }
            let answer: Sample.Answer
            do {
                answer = try JSONDecoder().decode(Sample.self, from: Data(line.utf8)).render()
            } catch let error as DecodingError {
                answer = Sample.Answer(id: nil, out: "", err: "not a case in JSON: \(Sample.explain(error))")
            } catch {
                answer = Sample.Answer(id: nil, out: "", err: "not a case in JSON")
            }
            guard let json = try? encoder.encode(answer) else { return 1 }
            print(String(decoding: json, as: UTF8.self))
        }
        return 0
    }
}
