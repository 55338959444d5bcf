import Foundation

/// Where things are in this clone, worked out from this file's own path.
enum Checkout {
    /// The folder of `Package.swift`.
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent()  // Processes
        .deletingLastPathComponent()  // Support
        .deletingLastPathComponent()  // IntegrationTests
        .deletingLastPathComponent()  // Tests
        .deletingLastPathComponent()

    /// Scripts and programs for tests that are not written in Swift.
    static var support: URL { root.appending(path: "Tests/Support") }

    /// A program of this package, as it was built together with these tests.
    ///
    /// `COMPLAINER_BINARY` (for `complainer`; dashes of other names become underscores) names another one.
    static func binary(_ name: String) throws(HarnessError) -> String {
        let variable = "\(name.uppercased().replacing("-", with: "_"))_BINARY"
        var places: [String] = []
        if let named = ProcessInfo.processInfo.environment[variable], !named.isEmpty {
            places = [named]
        } else {
            // swift test runs the bundle `.build/TRIPLE/CONFIGURATION/…PackageTests.xctest`, by its path.
            places = CommandLine.arguments.filter { $0.hasSuffix(".xctest") }
                .map { URL(filePath: $0).deletingLastPathComponent().appending(path: name).path }
            places.append(root.appending(path: ".build/debug/\(name)").path)
        }
        for place in places where FileManager.default.isExecutableFile(atPath: place) {
            return place
        }
        throw HarnessError(
            "there is no program \(name) at \(places.joined(separator: " or ")): `swift build --product \(name)` makes it"
        )
    }
}
