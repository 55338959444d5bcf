import Complaints
import Glibc

/// A file that reports are appended to.
///
/// A regular file is opened again when it has been rotated away. `-`, `/dev/stdout` and `/dev/stderr` are the inherited
/// descriptors, which under systemd are sockets and cannot be opened by name.
actor ReportFile {
    private let name: String
    private let inherited: Int32?
    private var descriptor: Int32
    /// Where reports were found that had been written before a crash; each place accounts for one report.
    private var claimed: Set<Int> = []
    /// The last write ended in the middle of a line.
    private var isTorn = false

    /// - Throws: ``DeliveryError`` when the file cannot be opened for append.
    init(_ name: String) throws(DeliveryError) {
        self.name = name
        inherited = Self.inherited(name)
        if let inherited { descriptor = inherited } else { descriptor = try Self.open(name) }
    }

    deinit {
        if inherited == nil { close(descriptor) }
    }

    private static func inherited(_ name: String) -> Int32? {
        switch name {
        case "-", "/dev/stdout": STDOUT_FILENO
        case "/dev/stderr": STDERR_FILENO
        default: nil
        }
    }

    private static func open(_ name: String) throws(DeliveryError) -> Int32 {
        // A pipe that nobody reads must not be waited for.
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        var descriptor = Glibc.open(name, flags | O_EXCL, 0o644)
        if descriptor >= 0 {
            giveToOwnerOfFolder(descriptor, name)
        } else {
            descriptor = Glibc.open(name, flags, 0o644)
        }
        guard descriptor >= 0 else { throw refusal(name, errno) }
        _ = fcntl(descriptor, F_SETFL, O_WRONLY | O_APPEND)
        return descriptor
    }

    /// What root tries out must not keep the service, which is another user, from its own file later on. Only for a file
    /// that has just been made: by a link that leads elsewhere nobody is given anything.
    private static func giveToOwnerOfFolder(_ descriptor: Int32, _ name: String) {
        var folder = stat()
        let path = name.lastIndex(of: "/").map { String(name[...$0]) } ?? "."
        guard geteuid() == 0, stat(path, &folder) == 0 else { return }
        _ = fchown(descriptor, folder.st_uid, folder.st_gid)
    }

    private static func refusal(_ name: String, _ code: Int32) -> DeliveryError {
        let reason = code == ENXIO ? "nobody reads this pipe" : String(cString: strerror(code))
        return DeliveryError("cannot open \(name) for append: \(reason)")
    }

    /// Whether reports could be appended to a file of that name, as far as can be told without making it: whoever asks may
    /// be another user than the one who writes.
    static func check(_ name: String) throws(DeliveryError) {
        guard inherited(name) == nil else { return }
        var status = stat()
        guard stat(name, &status) == 0 else {
            guard errno == ENOENT, !name.isEmpty else { throw refusal(name, errno) }
            let slash = name.lastIndex(of: "/")
            let folder = slash.map { $0 == name.startIndex ? "/" : String(name[..<$0]) } ?? "."
            guard access(folder, W_OK | X_OK) == 0 else { throw refusal(name, errno) }
            return
        }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw refusal(name, EISDIR) }
        guard access(name, W_OK) == 0 else { throw refusal(name, errno) }
    }

    /// The end of the file, as a note; nil when it is one that cannot be read again.
    var position: String? { regularPlace()?.description }

    /// Appends a report with one write.
    ///
    /// A report that comes with a note may have been made before somebody died. When it is found behind the noted place,
    /// it was, and is not made again. Only a text that holds the task's id is looked for: another may stand there for
    /// another failure, and rather twice than never.
    func append(_ text: String, _ report: Report) async throws(DeliveryError) {
        try reopenIfRotated()
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { return }
        if let note = report.delivery.note.flatMap(Place.init), text.contains(report.delivery.failure.id),
            wasWritten(bytes, since: note)
        {
            return
        }
        // What could not be written as a whole is written again, on a line of its own.
        try write(isTorn ? [UInt8(ascii: "\n")] + bytes : bytes)
        if let position { await report.note(position) }
    }

    private func write(_ bytes: [UInt8]) throws(DeliveryError) {
        var written = 0
        defer { isTorn = written < bytes.count && (written > 0 || isTorn) }
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // A terminal or pipe that somebody else made non-blocking: wait until it takes more.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, 1000)
            default:
                let reason = String(cString: strerror(errno))
                throw DeliveryError("cannot write to \(name): \(reason)")
            }
        }
    }

    // MARK: Rotation, and what a crash left behind

    /// A position in a file, which is told apart from its successors by its inode.
    private struct Place: CustomStringConvertible {
        var device: UInt
        var inode: UInt
        var offset: Int

        init(_ status: stat) {
            device = UInt(status.st_dev)
            inode = UInt(status.st_ino)
            offset = Int(status.st_size)
        }

        init?(_ text: String) {
            let parts = text.split(separator: ":").map { Int($0) }
            guard parts.count == 3, let device = parts[0], let inode = parts[1], let offset = parts[2], offset >= 0
            else { return nil }
            self.device = UInt(bitPattern: device)
            self.inode = UInt(bitPattern: inode)
            self.offset = offset
        }

        var description: String { "\(Int(bitPattern: device)):\(Int(bitPattern: inode)):\(offset)" }
    }

    /// The end of the file, when it is one that keeps what is written.
    private func regularPlace() -> Place? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Place(status)
    }

    private func reopenIfRotated() throws(DeliveryError) {
        guard inherited == nil, let here = regularPlace() else { return }
        var named = stat()
        if stat(name, &named) == 0, Place(named).device == here.device, Place(named).inode == here.inode { return }
        let fresh = try Self.open(name)
        close(descriptor)
        descriptor = fresh
        claimed = []
        isTorn = false
    }

    /// Whether exactly these bytes stand in the file at or behind a place, and are not another report that was found
    /// this way.
    private func wasWritten(_ bytes: [UInt8], since place: Place) -> Bool {
        guard let end = regularPlace(), end.device == place.device, end.inode == place.inode else { return false }
        let path = inherited == nil ? name : "/proc/self/fd/\(descriptor)"
        let reader = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard reader >= 0 else { return false }
        defer { close(reader) }
        // Behind the place stand this report and those that were under way with it, and what was written since.
        let length = min(end.offset - place.offset, 16 << 20)
        guard length >= bytes.count else { return false }
        var content = [UInt8](repeating: 0, count: length)
        let count = content.withUnsafeMutableBytes { pread(reader, $0.baseAddress, $0.count, place.offset) }
        guard count >= bytes.count else { return false }
        var rest = content.prefix(count)[...]
        while let found = rest.firstRange(of: bytes) {
            if claimed.insert(place.offset + found.lowerBound).inserted { return true }
            rest = rest[found.upperBound...]
        }
        return false
    }
}
