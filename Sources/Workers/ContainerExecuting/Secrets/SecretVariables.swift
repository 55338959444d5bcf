import MesosExecutor
import VaultClient

/// The variables of a container that stand for secrets.
struct SecretVariables: Sendable, Equatable {
    struct Variable: Sendable, Equatable {
        var name: String
        /// Its value, as the task has it.
        var text: String
        var reference: SecretReference
    }

    let all: [Variable]

    /// - Parameter environment: `NAME=value`.
    init(_ environment: [String]) throws(SecretError) {
        var all: [Variable] = []
        for variable in environment {
            let (name, value) = ContainerConfiguration.split(variable)
            do throws(SecretReferenceError) {
                guard let value, let reference = try SecretReference(value) else { continue }
                all.append(Variable(name: name, text: value, reference: reference))
            } catch {
                throw SecretError(name, error.description)
            }
        }
        self.all = all
    }

    /// Their secrets, by what stands in their place.
    func resolve(_ reader: inout SecretReader) async throws(SecretError) -> [String: String] {
        var values: [String: String] = [:]
        for variable in all where values[variable.text] == nil {
            do throws(VaultError) {
                values[variable.text] = try await reader.value(of: variable.reference)
            } catch {
                throw SecretError(variable.name, error.description)
            }
            // Neither Docker nor a process could take it.
            guard values[variable.text]?.utf8.contains(0) == false else {
                throw SecretError(variable.name, "the secret at \(variable.reference.path) has a NUL in it")
            }
        }
        return values
    }
}

/// Why a variable cannot be given its secret. Names the variable and the path, never a secret.
struct SecretError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ variable: String, _ reason: String) {
        description = "environment variable \(variable): \(reason)"
    }
}

/// What goes into a container in place of what the task says.
struct ResolvedSecrets: Sendable, Equatable {
    /// By `vault://…`.
    var values: [String: String] = [:]
    /// `AWS_…`
    var credentials: [CommandInfo.EnvironmentVariable] = []

    /// The container's environment, and how it is shown.
    func apply(to environment: [String]) -> (variables: [String], shown: [String]) {
        var variables: [String] = []
        var shown: [String] = []
        for variable in environment {
            let (name, value) = ContainerConfiguration.split(variable)
            if let value, let secret = values[value] {
                variables.append("\(name)=\(secret)")
                shown.append("\(name)=*** (\(value))")
            } else {
                let isSecret = StartUpListing.isSecret(name) || credentials.contains { $0.name == name }
                variables.append(variable)
                shown.append(isSecret ? "\(name)=***" : variable)
            }
        }
        return (variables, shown)
    }
}
