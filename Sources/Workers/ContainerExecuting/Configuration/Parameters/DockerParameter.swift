import DockerClient
import MesosExecutor

/// A docker parameter: an option of `docker run`, without its dashes, that a task may carry. All of them are in
/// `DockerParameters.swift`, one line each. `env` and `label` have their place in `ContainerConfiguration`.
struct DockerParameter: Sendable {
    /// As the task writes it.
    let key: String
    let apply: @Sendable (String, inout ContainerSpecification) throws(ParameterError) -> Void

    static func apply(
        _ parameter: DockerInfo.Parameter, to specification: inout ContainerSpecification
    ) throws(ContainerConfigurationError) {
        guard let known = byKey[parameter.key] else {
            throw ContainerConfigurationError(
                "docker parameter \(parameter.key) is not known to this executor; these are: "
                    + (["env", "label"] + all.map(\.key)).sorted().joined(separator: ", "))
        }
        do throws(ParameterError) {
            try known.apply(parameter.value, &specification)
        } catch {
            throw ContainerConfigurationError("docker parameter \(parameter.key)=\(parameter.value): \(error.reason)")
        }
    }

    private static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })
}

/// Why a parameter's value cannot be used.
struct ParameterError: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

// MARK: - Kinds of parameters

extension DockerParameter {
    typealias Field<Value> = WritableKeyPath<ContainerSpecification, Value> & Sendable

    /// The last one of several counts.
    static func text(_ key: String, _ field: any Field<String?>) -> Self {
        DockerParameter(key: key) { value, specification throws(ParameterError) in
            guard !value.isEmpty else { throw ParameterError("a value is expected") }
            specification[keyPath: field] = value
        }
    }

    /// All of them count.
    static func list(_ key: String, _ field: any Field<[String]>) -> Self {
        DockerParameter(key: key) { value, specification throws(ParameterError) in
            guard !value.isEmpty else { throw ParameterError("a value is expected") }
            specification[keyPath: field].append(value)
        }
    }

    /// `name=value`; of one name the last counts.
    static func pair(_ key: String, _ field: any Field<[String: String]>) -> Self {
        DockerParameter(key: key) { value, specification throws(ParameterError) in
            guard case (let name, let value?) = ContainerConfiguration.split(value), !name.isEmpty else {
                throw ParameterError("name=value is expected")
            }
            specification[keyPath: field][name] = value
        }
    }

    /// `true` and `false`, as Go reads them; nothing means true, as on a command line.
    static func flag(_ key: String, _ set: @escaping @Sendable (Bool, inout ContainerSpecification) -> Void) -> Self {
        DockerParameter(key: key) { value, specification throws(ParameterError) in
            switch value {
            case "", "1", "t", "T", "true", "TRUE", "True": set(true, &specification)
            case "0", "f", "F", "false", "FALSE", "False": set(false, &specification)
            default: throw ParameterError("true or false is expected")
            }
        }
    }

    static func number(_ key: String, in range: ClosedRange<Int64>, _ field: any Field<Int64?>) -> Self {
        DockerParameter(key: key) { value, specification throws(ParameterError) in
            guard let number = Int64(value), range.contains(number) else {
                let most = range.upperBound == .max ? "" : " to \(range.upperBound)"
                throw ParameterError("a number from \(range.lowerBound)\(most) is expected")
            }
            specification[keyPath: field] = number
        }
    }

    /// Anything else: `parse` gives the value, or throws.
    static func other<Value>(
        _ key: String, _ parse: @escaping @Sendable (String) throws(ParameterError) -> Value,
        _ set: @escaping @Sendable (Value, inout ContainerSpecification) -> Void
    ) -> Self {
        DockerParameter(key: key) { value, specification throws(ParameterError) in
            set(try parse(value), &specification)
        }
    }
}
