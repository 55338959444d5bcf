import HTTPClient
import Testing
import VaultClient
import VaultTesting

@testable import ContainerExecuting

/// Which variables stand for secrets, and what is shown of them.
@Suite struct SecretVariablesTests {
    @Test func onlyWholeValues() throws {
        let found = try SecretVariables([
            "A=vault://secret/a", "B=x vault://secret/b", "C", "D=", "E=vault://secret/e?key=k", "F=Vault://secret/f",
        ])
        #expect(found.all.map(\.name) == ["A", "E"])
        #expect(found.all.map(\.reference.description) == ["vault://secret/a", "vault://secret/e?key=k"])
    }

    @Test func aBrokenReferenceNamesItsVariable() {
        let error = #expect(throws: SecretError.self) { try SecretVariables(["A=b", "DB=vault://"]) }
        #expect(error?.description == "environment variable DB: vault://: there is no path after vault://")
    }

    @Test func whatIsMissingNamesVariableAndPath() async throws {
        let server = try FakeVault { request, _ in
            request.line.contains("/sys/") ? .refusal(403) : .refusal(404, "")
        }
        defer { server.stop() }
        var configuration = VaultConfiguration()
        configuration.address = server.url
        var reader = SecretReader(VaultClient(configuration, http: HTTPClient(.init(proxy: .none))))
        let variables = try SecretVariables(["DB=vault://secret/db"])
        let error = await #expect(throws: SecretError.self) { try await variables.resolve(&reader) }
        #expect(
            error?.description.hasPrefix("environment variable DB: cannot read secret/db: Vault at http://") == true)
    }

    @Test func whatIsShown() {
        let secrets = ResolvedSecrets(
            values: ["vault://secret/a": "abc"], credentials: [.init("AWS_SESSION", "xyz")])
        let (variables, shown) = secrets.apply(to: [
            "A=vault://secret/a", "B=plain", "C", "API_KEY=k", "AWS_SESSION=xyz", "D=vault://secret/a",
        ])
        #expect(variables == ["A=abc", "B=plain", "C", "API_KEY=k", "AWS_SESSION=xyz", "D=abc"])
        #expect(
            shown == [
                "A=*** (vault://secret/a)", "B=plain", "C", "API_KEY=***", "AWS_SESSION=***",
                "D=*** (vault://secret/a)",
            ])
    }
}
