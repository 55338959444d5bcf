import Testing

@testable import VaultClient

/// `vault://path[?key=name]`
@Suite struct SecretReferenceTests {
    @Test(arguments: [
        ("vault://secret/web", "secret/web", "value"), ("vault://secret/web?key=user", "secret/web", "user"),
        ("vault:///secret//web/", "secret/web", "value"), ("vault://secret/a%20b?key=c%2Fd+e", "secret/a b", "c/d e"),
        ("vault://secret/data/web?x=1&key=k&key=l", "secret/data/web", "k"), ("vault://s/w#part", "s/w", "value"),
        ("vault://s/w?key=a=b", "s/w", "a=b"), ("vault://s/ä?", "s/ä", "value"),
    ])
    func read(text: String, path: String, key: String) throws {
        let reference = try #require(try SecretReference(text))
        #expect(reference.path == path && reference.key == key)
    }

    @Test(arguments: ["", "vault", "vault:/secret/web", "VAULT://secret/web", " vault://secret/web", "x vault://s/w"])
    func somethingElse(text: String) throws {
        #expect(try SecretReference(text) == nil)
    }

    @Test(arguments: [
        ("vault://", "there is no path after vault://"), ("vault://?key=a", "there is no path after vault://"),
        ("vault://secret/../sys/x", "a path has no . or .. in it"),
        ("vault://a/%2e%2e/b", "a path has no . or .. in it"),
        ("vault://a/b%2fc", "a path has no . or .. in it"),
        ("vault://secret/web?key=", "?key= names no key"),
        ("vault://auth/token/lookup-self?key=id", "auth/ holds no secrets for tasks"),
        ("vault://sys/health", "sys/ holds no secrets for tasks"),
    ])
    func broken(text: String, reason: String) {
        let error = #expect(throws: SecretReferenceError.self) { try SecretReference(text) }
        #expect(error?.description == "\(text): \(reason)")
    }
}
