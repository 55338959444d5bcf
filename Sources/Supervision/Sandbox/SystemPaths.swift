import Glibc

/// What libraries read while a program runs, on any distribution; what is not there is left out.
enum SystemPaths {
    /// Names and addresses, certificates, time zones, libraries that are loaded late, and what the profiler looks up.
    static let reads = [
        "/etc", "/usr", "/lib", "/lib64", "/proc", "/sys/devices/system/cpu", "/dev/null", "/dev/zero", "/dev/random",
        "/dev/urandom", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/run/nscd", "/run/connman",
        "/var/lib/sss", "/var/lib/ca-certificates",
    ]

    /// Devices that anybody may write.
    static let writes = ["/dev/null"]

    /// Folders and files that variables name.
    static let variables = ["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "TZDIR", "OPENSSL_CONF"]

    /// The files that this process runs, and the folders of its libraries, wherever they are.
    static func loaded() -> Set<String> {
        guard let file = fopen("/proc/self/maps", "re") else { return [] }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var room = 0
        defer { free(line) }
        var last = ""
        var paths: Set<String> = []
        while getline(&line, &room, file) > 0, let line {
            guard let slash = strchr(line, Int32(UInt8(ascii: "/"))) else { continue }
            // A file's parts stand one behind the other.
            guard strcmp(slash, last) != 0 else { continue }
            last = String(cString: slash)
            var path = last
            if path.hasSuffix("\n") { path.removeLast() }
            if path.contains(".so"), let end = path.lastIndex(of: "/"), end > path.startIndex {
                path = String(path[..<end])
            }
            paths.insert(path)
        }
        return paths
    }
}
