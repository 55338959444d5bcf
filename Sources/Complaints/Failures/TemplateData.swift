import Templates

/// What the templates of reporters and uploaders are given.
public enum TemplateData {
    /// The data of a report: `.nl`, `.config`, `.failure`, `.stdoutURL`, `.stderrURL`.
    ///
    /// - Parameters:
    ///   - config: what `config "key"` gives: the label of this reporter instance, "" when there is none.
    ///   - held: the failures that this one stands for.
    public static func value(
        _ failure: Failure, _ evidence: Evidence, held: HeldFailures? = nil, config: Value.Function
    ) -> Value {
        .map([
            "nl": "\n", "config": .function(config), "failure": value(failure, evidence, held: held),
            "stdoutURL": .string(evidence.stdoutURL), "stderrURL": .string(evidence.stderrURL),
        ])
    }

    /// The function `config`.
    public static func config(_ lookUp: @escaping @Sendable (String) -> String?) -> Value.Function {
        Value.Function(type: "reporter.ConfigProvider") { lookUp($0) ?? "" }
    }

    /// The failure as the original's struct: the same fields in the same order, so that `%v` and its like print the
    /// same. What the original did not know are methods, which look the same in a template and print nowhere.
    public static func value(_ failure: Failure, _ evidence: Evidence? = nil, held: HeldFailures? = nil) -> Value {
        var texts: [String: String] = [
            "Message": failure.message, "Reason": failure.reason, "Source": failure.source,
            "FrameworkID": failure.frameworkID, "AgentID": failure.agentID,
            "ExecutorID": failure.executorID.isEmpty ? failure.id : failure.executorID,
            "ContainerID": failure.containerIDs.last ?? "", "ExitCode": failure.exitCode.map { "\($0)" } ?? "",
        ]
        texts["StdoutTail"] = evidence?.stdoutTail ?? ""
        texts["StderrTail"] = evidence?.stderrTail ?? ""
        texts["LogsError"] = evidence?.logsError ?? ""
        texts["HeldSummary"] = held?.summary(of: failure) ?? ""
        var methods = texts.mapValues { text in
            Value.Function(type: "func() string", parameters: []) { _ in .string(text) }
        }
        methods["Held"] = Value.Function(type: "func() int", parameters: []) { _ in .int(held?.count ?? 0) }
        for (name, moment) in [("HeldFirst", held?.first), ("HeldLast", held?.last)] {
            methods[name] = Value.Function(type: "func() time.Time", parameters: []) { _ in
                value(moment ?? failure.finished)
            }
        }
        return .object(
            GoObject(
                type: "complainer.Failure",
                fields: [
                    ("ID", .string(failure.id)), ("Name", .string(failure.name)), ("Slave", .string(failure.slave)),
                    ("Framework", .string(failure.framework)), ("Image", .string(failure.image)),
                    ("State", .string(failure.state)), ("Started", value(failure.started)),
                    ("Finished", value(failure.finished)), ("Labels", .map(failure.labels)),
                ],
                methods: methods,
                string: { "\(failure.name) (\(failure.id)) from \(failure.slave)" }))
    }

    private static func value(_ moment: Timestamp) -> Value {
        let (seconds, nanoseconds) = moment.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return nanoseconds < 0
            ? .time(unixSeconds: seconds - 1, nanoseconds: Int32(nanoseconds + 1_000_000_000))
            : .time(unixSeconds: seconds, nanoseconds: Int32(nanoseconds))
    }
}
