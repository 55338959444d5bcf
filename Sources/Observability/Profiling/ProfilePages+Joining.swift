import FoundationEssentials

extension ProfilePages {
    /// The answers of several processes as one: the samples of each with the label `worker`, texts one after the other. Who
    /// has no profile to give is named in it, and keeps the others from nothing.
    ///
    /// - Parameter answers: by role, to a request that says that they are parts.
    public static func joined(_ answers: [String: ProfileAnswer], page: String) -> ProfileAnswer {
        let sorted = answers.sorted { $0.key < $1.key }
        var whole: Profile?
        var texts: [String] = []
        var troubles: [String] = []
        for (role, answer) in sorted {
            if answer.status == 200, answer.isPart,
                let part = try? JSONDecoder().decode(Profile.self, from: answer.body)
            {
                if whole == nil { whole = Profile(measures: part.measures, mainMeasure: part.mainMeasure) }
                whole?.add(part, labelled: .init("worker", role))
            } else if answer.status == 200, !answer.isPart {
                texts.append("==== \(role)\n\n\(String(decoding: answer.body, as: UTF8.self))")
            } else {
                let line = answer.isPart ? "its profile cannot be read" : String(decoding: answer.body, as: UTF8.self)
                troubles.append("\(role): \(line.prefix { $0 != "\n" })")
            }
        }
        if var whole {
            whole.comments += troubles
            return file(page, whole)
        }
        guard !texts.isEmpty else { return .problem(troubles.joined(separator: "; "), status: 500) }
        return .text((troubles + texts).joined(separator: "\n"))
    }
}

extension Profile {
    /// Adds another process's, taken at the same time and of the same measures, with a label for each of its samples.
    mutating func add(_ other: Profile, labelled label: Label) {
        guard other.measures == measures, other.isSound else { return }
        let firstLocation = locations.count
        let firstMapping = mappings.count
        mappings += other.mappings
        locations += other.locations.map { location in
            var location = location
            location.mapping = location.mapping.map { $0 + firstMapping }
            return location
        }
        samples += other.samples.map { sample in
            Sample(
                stack: sample.stack.map { $0 + firstLocation }, values: sample.values, labels: sample.labels + [label])
        }
        for comment in other.comments where !comments.contains(comment) { comments.append(comment) }
        time = time == 0 ? other.time : min(time, other.time)
        duration = max(duration, other.duration)
        period = other.period
        periodMeasure = other.periodMeasure
    }

    /// Whether all that it names by number is there.
    private var isSound: Bool {
        locations.allSatisfy { $0.mapping.map(mappings.indices.contains) ?? true }
            && samples.allSatisfy {
                $0.stack.allSatisfy(locations.indices.contains) && $0.values.count == measures.count
            }
    }
}
