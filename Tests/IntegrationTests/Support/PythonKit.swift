import Foundation

/// The Python packages that `Tests/Support/python/setup.sh` fetches, for programs that run on them.
enum PythonKit {
    private static let folder = Checkout.root.appending(path: ".build-kit/python")

    /// What a program that needs them is started with.
    static var environment: [String: String] { ["PYTHONPATH": folder.path, "PYTHONDONTWRITEBYTECODE": "1"] }

    /// Whether tests with them are to run: where they were not fetched they are left out, but never in CI.
    static var isWanted: Bool {
        ProcessInfo.processInfo.environment["CI"] != nil
            || FileManager.default.fileExists(atPath: folder.appending(path: ".packages").path)
    }
}
