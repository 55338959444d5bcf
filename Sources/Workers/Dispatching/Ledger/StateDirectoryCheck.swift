import Complaints
import Glibc

/// Whether the directory of the ledger is safe: who may write there can replace the ledger, and with it what is reported,
/// where and with which secrets.
public enum StateDirectoryCheck {
    /// What is wrong with the directory, or with the ledger in it; nil when nothing is, or when it is not there yet.
    public static func problem(_ path: String, user: uid_t = geteuid()) -> Finding? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return finding("\(path) is no directory", "name a directory")
        }
        if status.st_mode & 0o022 != 0 {
            return finding("others may write to \(path)", "chmod go-w \(path)")
        }
        if status.st_uid != user, status.st_uid != 0 {
            return finding(
                "\(path) belongs to user \(status.st_uid), and this is user \(user)",
                "start it as that user, or give it the directory with chown")
        }
        for name in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
            let file = "\(path)/\(name)"
            guard lstat(file, &status) == 0 else { continue }
            let kind = status.st_mode & S_IFMT
            // A folder of that name is no danger; the ledger tells of it.
            if kind == S_IFDIR { continue }
            if kind != S_IFREG {
                return finding("\(file) is no regular file", "move it away; a new ledger is made then")
            }
            if status.st_uid != user {
                return finding(
                    "\(file) belongs to user \(status.st_uid), and this is user \(user)",
                    "start it as that user, or give it the file with chown")
            }
        }
        return nil
    }

    private static func finding(_ problem: String, _ remedy: String) -> Finding {
        Finding(.error, "state", problem, remedy: remedy)
    }
}
