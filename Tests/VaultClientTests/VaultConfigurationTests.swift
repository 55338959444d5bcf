import Foundation
import HTTPClient
import Testing

@testable import VaultClient

/// The variables of Vault's own client.
@Suite struct VaultConfigurationTests {
    @Test func nothingIsSet() throws {
        let plain = try VaultConfiguration(environment: ["VAULT_ADDR": "", "VAULT_SKIP_VERIFY": ""])
        #expect(plain == VaultConfiguration())
        #expect(plain.address == "https://127.0.0.1:8200" && plain.maxRetries == 2 && plain.timeout == .seconds(60))
        #expect(plain.tls.verifyPeer && plain.token == nil && plain.namespace == nil)
    }

    @Test func everythingIsSet() throws {
        let read = try VaultConfiguration(environment: [
            "VAULT_ADDR": "https://vault.example.com:8200/", "VAULT_TOKEN": "s.1", "VAULT_MAX_RETRIES": "7",
            "VAULT_CACERT": "/etc/hosts", "VAULT_CAPATH": "/nowhere", "VAULT_CLIENT_CERT": "/etc/hosts",
            "VAULT_CLIENT_KEY": "/etc/passwd", "VAULT_SKIP_VERIFY": "T", "VAULT_TLS_SERVER_NAME": "vault",
            "VAULT_CLIENT_TIMEOUT": "90s", "VAULT_NAMESPACE": "team/a",
        ])
        var wanted = VaultConfiguration()
        wanted.address = "https://vault.example.com:8200"
        wanted.token = "s.1"
        wanted.maxRetries = 7
        wanted.timeout = .seconds(90)
        wanted.namespace = "team/a"
        wanted.tls = TLSOptions(
            caFile: "/etc/hosts", certificateFile: "/etc/hosts", keyFile: "/etc/passwd", verifyPeer: false,
            serverName: "vault")
        #expect(read == wanted)
    }

    @Test(arguments: [
        ("http://10.0.0.1:8200", "http://10.0.0.1:8200", nil), ("https://v/prefix//", "https://v/prefix", nil),
        ("HTTPS://[::1]:8200", "HTTPS://[::1]:8200", nil),
        ("unix:///run/vault.sock", "http://localhost", "/run/vault.sock"),
    ])
    func addresses(text: String, url: String, socket: String?) throws {
        let read = try VaultConfiguration(environment: ["VAULT_ADDR": text])
        #expect(read.address == url && read.unixSocket == socket)
    }

    @Test(arguments: [
        ("VAULT_ADDR", "vault:8200", "a URL such as https://vault.example.com:8200 is expected"),
        ("VAULT_ADDR", "https://", "a URL such as https://vault.example.com:8200 is expected"),
        ("VAULT_ADDR", "https://u:p@vault", "a URL such as https://vault.example.com:8200 is expected"),
        ("VAULT_ADDR", "unix://vault.sock", "the path of a socket follows unix://"),
        ("VAULT_MAX_RETRIES", "-1", "a whole number from 0 to 10000 is expected"),
        ("VAULT_MAX_RETRIES", "many", "a whole number from 0 to 10000 is expected"),
        ("VAULT_CLIENT_TIMEOUT", "soon", "a number of seconds such as 60, or a duration such as 1m30s, is expected"),
        ("VAULT_CLIENT_TIMEOUT", "0", "a number of seconds such as 60, or a duration such as 1m30s, is expected"),
        ("VAULT_SKIP_VERIFY", "maybe", "true or false is expected"),
        ("VAULT_CACERT", "/no/ca.pem", "cannot be read: No such file or directory"),
        ("VAULT_CAPATH", "/no/folder", "cannot be read: No such file or directory"),
        ("VAULT_CAPATH", "/usr/bin", "holds no certificates under their hashes; `openssl rehash /usr/bin` makes them"),
        ("VAULT_CLIENT_CERT", "/etc/hosts", "VAULT_CLIENT_KEY must be set, too"),
        ("VAULT_CLIENT_KEY", "/etc/hosts", "VAULT_CLIENT_CERT must be set, too"),
    ])
    func badValuesAreNamed(variable: String, value: String, reason: String) throws {
        let error = #expect(throws: VaultConfigurationError.self) {
            try VaultConfiguration(environment: [variable: value])
        }
        #expect(error?.description == "\(variable)=\"\(value)\": \(reason)")
    }

    @Test func aFolderOfHashedCertificatesWillDo() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "capath-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data().write(to: folder.appending(path: "ca.pem"))
        #expect(throws: VaultConfigurationError.self) {
            try VaultConfiguration(environment: ["VAULT_CAPATH": folder.path])
        }
        try Data().write(to: folder.appending(path: "5ed36f99.0"))
        #expect(try VaultConfiguration(environment: ["VAULT_CAPATH": folder.path]).tls.caPath == folder.path)
    }
}
