import Foundation

/// The programs of a real Mesos, as `Tests/Support/mesos/setup.sh` makes them.
enum MesosKit {
    /// The kit's folder: `.build-kit/mesos` in this clone, or what `COMPLAINER_MESOS_KIT` names.
    static func folder() throws(HarnessError) -> URL {
        let named = ProcessInfo.processInfo.environment["COMPLAINER_MESOS_KIT"] ?? ""
        let folder = named.isEmpty ? Checkout.root.appending(path: ".build-kit/mesos") : URL(filePath: named)
        guard FileManager.default.isExecutableFile(atPath: folder.appending(path: "mesos-local").path) else {
            throw HarnessError(
                """
                there is no Mesos in \(folder.path): deploy/test makes it, and so does \
                Tests/Support/mesos/setup.sh \(folder.path)
                """)
        }
        return folder
    }

    static func program(_ name: String) throws(HarnessError) -> String {
        try folder().appending(path: name).path
    }
}
