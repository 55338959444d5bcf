import CProcess
import Complaints
import FoundationEssentials
import Glibc

/// The user that a program which was started as root becomes: the setting `user`.
struct ServiceUser {
    private let name: String
    private let uid: uid_t
    private let gid: gid_t
    /// It has groups of its own in the system's list of users.
    private let isListed: Bool

    /// nil without the setting.
    ///
    /// - Throws: when there is no such user, or this process may not become it.
    init?(_ settings: SettingValues) throws(ServiceUserError) {
        guard let name = settings["user"] else { return nil }
        self.name = name
        // Before the first thread: what glibc keeps for the answer is ours.
        if let entry = getpwnam(name)?.pointee {
            (uid, gid, isListed) = (entry.pw_uid, entry.pw_gid, true)
        } else if let number = UInt32(name), number != .max {
            // A container's image may not know whom its folders belong to.
            (uid, gid, isListed) = (number, getpwuid(number)?.pointee.pw_gid ?? number, false)
        } else {
            throw ServiceUserError(
                problem: "there is no user \"\(name.shortened(to: 40))\"",
                remedy: "create it (useradd --system), or name another, or give a number")
        }
        guard geteuid() == 0 || geteuid() == uid else {
            throw ServiceUserError(
                problem: "only root can become \(name), and this is user \(geteuid())",
                remedy: "start it as root, or leave -user out")
        }
    }

    /// Gives root up for good, for this process and its workers. What needs root is done before: the state directory and
    /// the one of the control socket become the user's if they are new, or if it was root who used them.
    ///
    /// Call it before the first thread is started.
    func become(_ settings: SettingValues) throws(ServiceUserError) {
        guard geteuid() == 0 else { return }
        for path in [settings["state"], ProcessInfo.processInfo.environment["RUNTIME_DIRECTORY"]] {
            if let path = path?.split(separator: ":").first.map(String.init) { hand(over: path) }
        }
        let code = isListed ? cprocess_become(name, uid, gid) : cprocess_become(nil, uid, gid)
        guard code == 0 else {
            throw ServiceUserError(
                problem: "root cannot become \(name): \(String(cString: strerror(code)))",
                remedy: "a container needs the capabilities SETUID and SETGID for that")
        }
    }

    /// What this user will not be able to do.
    func findings(_ settings: SettingValues) -> [Finding] {
        guard uid != 0, let text = settings["listen"], let address = try? ListenAddress(text) else { return [] }
        guard address.port > 0, address.port < Self.firstFreePort() else { return [] }
        return [
            Finding(
                .error, "listen", "\(name) may not listen on port \(address.port)",
                remedy: "choose one from \(Self.firstFreePort()) on, or set net.ipv4.ip_unprivileged_port_start")
        ]
    }

    private static func firstFreePort() -> Int {
        let path = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
        guard let bytes = try? ConfigurationFiles.read(path) else { return 1024 }
        return Int(String(decoding: bytes, as: UTF8.self).filter(\.isNumber)) ?? 1024
    }

    /// Only what this program has made is given away, and only by root's own hand: never what a link leads to.
    private func hand(over path: String) {
        let isNew = mkdir(path, 0o700) == 0
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0, let stream = fdopendir(folder) else { return }
        defer { closedir(stream) }
        var status = stat()
        guard fstat(folder, &status) == 0 else { return }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "lock" || name.hasPrefix("ledger.sqlite") || name.hasSuffix(".sock") { names.append(name) }
        }
        if status.st_uid == 0, isNew || names.contains("ledger.sqlite") { _ = fchown(folder, uid, gid) }
        for name in names {
            var file = stat()
            guard fstatat(folder, name, &file, AT_SYMLINK_NOFOLLOW) == 0, file.st_uid == 0, file.st_nlink == 1,
                [S_IFREG, S_IFSOCK].contains(file.st_mode & S_IFMT)
            else { continue }
            _ = fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW)
        }
    }
}

/// Why the program cannot become the user that it is to become.
struct ServiceUserError: Error, CustomStringConvertible {
    var problem: String
    var remedy: String

    var description: String { "\(problem); \(remedy)" }
}
