import Foundation
import Testing

@testable import DockerClient

@Suite struct CredentialStoreTests {
    private let hub = RegistryName.dockerHub

    /// A store whose files are these.
    private func store(
        _ files: [String: String], home: String = "/home/u", path: String = "/nowhere",
        patience: Duration = .seconds(20)
    ) -> CredentialStore {
        let environment = ["HOME": home, "DOCKER_CONFIG": "/etc/docker-config", "PATH": path]
        return CredentialStore(
            environment: environment, helper: CredentialHelper(environment: environment, patience: patience)
        ) { files[$0].map { Array($0.utf8) } }
    }

    private func auth(_ user: String, _ password: String) -> String {
        Data("\(user):\(password)".utf8).base64EncodedString()
    }

    private func user(_ finding: CredentialStore.Finding) -> String? {
        guard case .password(let user, _)? = finding.credentials?.secret else { return nil }
        return user
    }

    @Test func filesAreLookedAtInOrder() async {
        let all = [
            "/etc/docker-config/config.json", "/home/u/.docker/config.json", "/home/u/.dockercfg",
            "/root/.docker/config.json", "/root/.dockercfg",
        ]
        for first in all.indices {
            var files: [String: String] = [:]
            for index in all.indices[first...] {
                let auths = #"{"\#(hub)":{"auth":"\#(auth("user\(index)", "p"))","email":"x"}}"#
                files[all[index]] = all[index].hasSuffix(".dockercfg") ? auths : #"{"auths":\#(auths)}"#
            }
            let finding = await store(files).credentials(for: "busybox", repository: hub)
            #expect(user(finding) == "user\(first)" && finding.file == all[first] && finding.warnings == [])
        }
        #expect(await store([:]).credentials(for: "busybox", repository: hub) == .init())
    }

    @Test func anExactMatchIsBetterThanTheHost() async {
        let files = [
            "/home/u/.docker/config.json": #"{"auths":{"r.example.com":{"auth":"\#(auth("host", "p"))"}}}"#,
            "/root/.docker/config.json": #"{"auths":{"https://r.example.com/v1/":{"auth":"\#(auth("exact", "p"))"}}}"#,
        ]
        let store = store(files)
        #expect(
            user(await store.credentials(for: "r.example.com/a", repository: "https://r.example.com/v1/")) == "exact")
        #expect(user(await store.credentials(for: "r.example.com/a", repository: hub)) == "host")
        #expect(user(await store.credentials(for: "R.example.com/a:1", repository: hub)) == "host")
        #expect(await store.credentials(for: "other.example.com/a", repository: hub).credentials == nil)
        #expect(await store.credentials(for: "a", repository: hub).credentials == nil)
        // Named by the operator for whatever is pulled: as the original did.
        #expect(user(await store.credentials(for: "mirror/a", repository: "https://r.example.com/v1/")) == "exact")
    }

    @Test func aPasswordOfDockerHubStaysThere() async {
        let store = store(["/root/.dockercfg": #"{"\#(hub)":{"auth":"\#(auth("me", "p:w"))"}}"#])
        #expect(await store.credentials(for: "quay.io/x/y", repository: hub).credentials == nil)
        let finding = await store.credentials(for: "docker.io/library/busybox", repository: hub)
        #expect(finding.credentials == RegistryCredentials(.password(user: "me", "p:w"), server: hub))
    }

    @Test func everyFormOfALoginIsRead() async {
        func secret(_ entry: String) async -> RegistryCredentials.Secret? {
            await store(["/root/.docker/config.json": #"{"auths":{"r:5000":\#(entry)},"HttpHeaders":{"a":"b"}}"#])
                .credentials(for: "r:5000/x", repository: hub).credentials?.secret
        }
        #expect(await secret(#"{"username":"u","password":"p"}"#) == .password(user: "u", "p"))
        #expect(await secret(#"{"auth":"\#(auth("u", ""))","identitytoken":"t"}"#) == .identityToken("t"))
        #expect(await secret(#"{"registrytoken":"t"}"#) == .registryToken("t"))
        #expect(await secret(#"{"auth":"\#(auth("u", "p\0\0"))"}"#) == .password(user: "u", "p"))
        #expect(await secret("{}") == nil)
    }

    @Test(arguments: ["", "{", "[]", #"{"auths":[]}"#, #"{"auths":{"r":{"auth":"%%%"}}}"#, "\u{FF}"])
    func aBrokenFileIsNamedAndPassedOver(text: String) async {
        let finding = await store([
            "/home/u/.docker/config.json": text,
            "/root/.docker/config.json": #"{"auths":{"\#(hub)":{"auth":"\#(auth("u", "p"))"}}}"#,
        ]).credentials(for: "busybox", repository: hub)
        #expect(user(finding) == "u")
        #expect(finding.warnings.count == 1)
        #expect(finding.warnings.first?.description.hasPrefix("/home/u/.docker/config.json") == true)
    }

    @Test func helpersAreAsked() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "helpers-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func install(_ name: String, _ script: String) throws {
            let file = folder.appending(path: "docker-credential-\(name)")
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        try install(
            "good",
            #"[ "$1" = get ] || exit 9; read -r s; printf '{"ServerURL":"%s","Username":"u-%s","Secret":"p"}' "$s" "$s""#
        )
        try install("token", #"printf '{"Username":"<token>","Secret":"t"}'"#)
        try install("empty", "echo credentials not found in native keychain; exit 1")
        try install("broken", "echo no such cloud; exit 3")
        try install("chatty", "echo hello")
        try install("hung", "sleep 600 & sleep 600")
        try install("lingers", "exec >&-; sleep 600")
        func look(_ json: String, image: String = "r.example.com/x", patience: Duration = .seconds(20)) async
            -> CredentialStore.Finding
        {
            await store(
                ["/root/.docker/config.json": json], path: "/usr/bin:/bin:\(folder.path)", patience: patience
            ).credentials(for: image, repository: hub)
        }
        let plain = #","auths":{"r.example.com":{"auth":"\#(auth("plain", "p"))"}}}"#
        #expect(
            user(await look(#"{"credHelpers":{"r.example.com":"good"},"credsStore":"broken"}"#)) == "u-r.example.com")
        #expect(user(await look(#"{"credsStore":"good"}"#)) == "u-r.example.com")
        #expect(
            user(await look(#"{"credsStore":"good","auths":{"https://r.example.com/v2/":{}}}"#))
                == "u-https://r.example.com/v2/")
        #expect(user(await look(#"{"credsStore":"good"}"#, image: "busybox")) == "u-\(hub)")
        #expect(await look(#"{"credsStore":"token"}"#).credentials?.secret == .identityToken("t"))
        let empty = await look(#"{"credsStore":"empty""# + plain)
        #expect(user(empty) == "plain" && empty.warnings == [])
        for (name, words) in [
            ("broken", "no such cloud"), ("chatty", "no credential"), ("absent", "not on the PATH"),
            ("../good", "not on the PATH"), ("hung", "killed"), ("lingers", "killed"),
        ] {
            let finding = await look(
                #"{"credsStore":"\#(name)""# + plain, patience: .milliseconds(words == "killed" ? 200 : 20_000))
            #expect(user(finding) == "plain")
            #expect(
                finding.warnings.count == 1 && finding.warnings.first?.description.contains(words) == true, "\(name)")
        }
    }
}
