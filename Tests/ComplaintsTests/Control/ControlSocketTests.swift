import Testing

@testable import Complaints

@Suite struct ControlSocketTests {
    private func path(_ instance: String, _ runtime: String?, _ state: String?) -> String? {
        ControlSocket.path(instance: instance, runtimeDirectory: runtime, stateDirectory: state)
    }

    @Test func theRuntimeDirectoryComesFirst() {
        #expect(path("default", "/run/a:/run/b", "/var/lib/c") == "/run/a/complainer.sock")
        #expect(path("default", nil, "/var/lib/c/") == "/var/lib/c/complainer.sock")
        #expect(path("default", "", "/var/lib/c") == "/var/lib/c/complainer.sock")
        #expect(path("default", ":", "") == nil)
        #expect(path("default", nil, nil) == nil)
    }

    @Test func instancesHaveDifferentSockets() {
        #expect(path("blue", "/run/a", nil) == "/run/a/complainer-blue.sock")
        #expect(path("a/../b", "/run/a", nil) == "/run/a/complainer-a%2F..%2Fb.sock")
        #expect(path("a%2Fb", "/run/a", nil) == "/run/a/complainer-a%252Fb.sock")
        #expect(path("ü", "/run/a", nil) == "/run/a/complainer-%C3%BC.sock")
    }

    @Test func aStrangerIsLookedForWhereTheUnitsPutIt() {
        #expect(
            ControlSocket.candidates(instance: "default", runtimeDirectory: nil, stateDirectory: "/var/lib/complainer")
                == ["/var/lib/complainer/complainer.sock", "/run/complainer/complainer.sock"])
        #expect(
            ControlSocket.candidates(instance: "x", runtimeDirectory: "/run/r", stateDirectory: "/s") == [
                "/run/r/complainer-x.sock", "/s/complainer-x.sock", "/run/complainer/complainer-x.sock",
                "/var/lib/complainer/complainer-x.sock",
            ])
    }

    @Test func thePathHasToFit() {
        #expect(ControlSocket.problem(with: String(repeating: "a", count: 107)) == nil)
        #expect(ControlSocket.problem(with: String(repeating: "ä", count: 54))?.contains("108") == true)
    }

    @Test func listenAddressesAreRead() throws {
        #expect(try ListenAddress("off") == nil)
        #expect(try ListenAddress(":8080") == ListenAddress(host: "", port: 8080))
        #expect(try ListenAddress("[::1]:0")?.description == "[::1]:0")
        #expect(try ListenAddress("localhost:1")?.description == "localhost:1")
        for wrong in ["8080", "localhost", ":", ":http", ":65536", "a:b:1", ""] {
            #expect(throws: NetworkAddress.Problem.self, "\(wrong)") { try ListenAddress(wrong) }
        }
    }
}
