// swift-tools-version: 6.2
import Foundation
import PackageDescription

// CI turns every warning of ours into an error; packages we depend on are not concerned.
let strict = ProcessInfo.processInfo.environment["COMPLAINER_STRICT"] != nil

let swiftSettings: [SwiftSetting] =
    [.enableUpcomingFeature("ExistentialAny")] + (strict ? [.treatAllWarnings(as: .error)] : [])
let cSettings: [CSetting] = strict ? [.treatAllWarnings(as: .error)] : []
let cxxSettings: [CXXSetting] = strict ? [.treatAllWarnings(as: .error)] : []

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

/// A room of Sources/, by its path there.
func room(
    _ name: String, at path: String, _ dependencies: [Target.Dependency] = [], without exclude: [String] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(path)", exclude: exclude, swiftSettings: swiftSettings)
}

/// A thin shim over a system library: one header, one source file.
func shim(_ name: String, over library: String? = nil) -> Target {
    .target(
        name: name, dependencies: library.map { [.target(name: $0)] } ?? [], path: "Sources/System/\(name)",
        cSettings: cSettings, cxxSettings: cxxSettings)
}

/// A library of the system; when it is missing, the build names the apt package.
///
/// The flags that pkg-config prints for RE2 and simdjson are ones that SwiftPM refuses with a warning (`-pthread`, a
/// define for headers of ours), so their module maps alone name the library, and the shims check for the header.
func system(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func tests(_ name: String, of dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestTools"], path: "Tests/\(name)", resources: resources,
        swiftSettings: swiftSettings)
}

let package = Package(
    name: "complainer",
    products: [
        .executable(name: "complainer", targets: ["complainer"]),
        .executable(name: "sidecar-executor", targets: ["sidecar-executor"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        // `swift package generate-documentation --target complainer`; linked by nothing.
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        .executableTarget(
            name: "complainer",
            dependencies: [
                "Supervision", "Complaints", "Observability", "Polling", "Dispatching", "Uploading", "Reporting",
                "Serving", "MesosClient", "HTTPClient", "Templates", "CProcess", "CSandbox", log,
                metrics,
            ],
            path: "Sources/complainer", swiftSettings: swiftSettings),

        .executableTarget(
            name: "sidecar-executor",
            dependencies: [
                "Supervision", "Observability", "ContainerExecuting", "LogRelaying", "MesosExecutor", "DockerClient",
                "GoNotation", "HTTPClient", "CProcess", "CSandbox", log,
            ],
            path: "Sources/sidecar-executor", swiftSettings: swiftSettings),

        room(
            "Polling", at: "Workers/Polling",
            ["Supervision", "Complaints", "Observability", "MesosClient", "RecordIO", "HTTPClient", log, metrics]),
        room(
            "Dispatching", at: "Workers/Dispatching",
            [
                "Supervision", "Complaints", "Observability", "MesosClient",
                .product(name: "GRDB", package: "GRDB.swift"), log, metrics,
            ]),
        room(
            "Uploading", at: "Workers/Uploading",
            [
                "Supervision", "Complaints", "Observability", "Templates", "MesosClient", "HTTPClient", "ObjectStorage",
                "CZlib", log, metrics,
            ]),
        room(
            "Reporting", at: "Workers/Reporting",
            [
                "Supervision", "Complaints", "Observability", "Templates", "GoNotation", "HTTPClient",
                "MailClient", log, metrics,
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        room(
            "Serving", at: "Workers/Serving",
            [
                "Supervision", "Complaints", "Observability", "Profiling", log,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOExtras", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),

        room(
            "ContainerExecuting", at: "Workers/ContainerExecuting",
            [
                "CProcess", "Supervision", "Observability", "MesosExecutor", "DockerClient", "SidecarClient",
                "VaultClient", "GoNotation", "HTTPClient", log,
            ]),

        room(
            "LogRelaying", at: "Workers/LogRelaying",
            ["CProcess", "Supervision", "Observability", "DockerClient", "GoNotation", "HTTPClient", log]),

        room("MesosClient", at: "Clients/Mesos", ["HTTPClient", "RecordIO", "CSimdjson"]),
        room("MesosExecutor", at: "Clients/MesosExecutor", ["HTTPClient", "RecordIO"]),
        room("RecordIO", at: "Clients/RecordIO"),
        room("DockerClient", at: "Clients/Docker", ["HTTPClient"]),
        room("SidecarClient", at: "Clients/Sidecar", ["HTTPClient"]),
        room("VaultClient", at: "Clients/Vault", ["HTTPClient", "GoNotation"]),
        room("HTTPClient", at: "Clients/HTTP", ["CCurl"]),
        room("MailClient", at: "Clients/Mail", ["HTTPClient", "CCurl"]),
        room("ObjectStorage", at: "Clients/ObjectStorage", ["HTTPClient", crypto]),

        room("Complaints", at: "Complaints", ["Supervision", "Templates", "GoNotation", "CRE2"]),
        room("Templates", at: "Templates", ["GoNotation"]),
        room("GoNotation", at: "GoNotation"),
        room("Supervision", at: "Supervision", ["CProcess", "CSandbox", "Observability", log]),
        room("Observability", at: "Observability", ["CSystemd", log, metrics], without: ["Profiling"]),
        // Apart from the rest of its room, so that sidecar-executor, which stands beside every task, does without.
        room("Profiling", at: "Observability/Profiling", ["CProfiler", "CZlib"]),

        shim("CProcess"),
        shim("CProfiler"),
        shim("CSandbox", over: "libseccomp"),
        shim("CCurl", over: "libcurl"),
        shim("CSystemd", over: "libsystemd"),
        shim("CRE2", over: "libre2"),
        shim("CSimdjson", over: "libsimdjson"),
        shim("CZlib", over: "libz"),
        system("libcurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        system("libseccomp", pkgConfig: "libseccomp", apt: "libseccomp-dev"),
        system("libsystemd", pkgConfig: "libsystemd", apt: "libsystemd-dev"),
        system("libre2", apt: "libre2-dev"),
        system("libsimdjson", apt: "libsimdjson-dev"),
        system("libz", apt: "zlib1g-dev"),

        .target(name: "TestTools", path: "Tests/TestTools", swiftSettings: swiftSettings),
        .target(
            name: "AgentTesting", dependencies: ["TestTools"], path: "Tests/AgentTesting",
            swiftSettings: swiftSettings),
        .target(
            name: "VaultTesting", dependencies: ["TestTools"], path: "Tests/VaultTesting",
            swiftSettings: swiftSettings),
        tests("SupervisionTests", of: ["Supervision", "CProcess", "CSandbox", log]),
        tests("ComplaintsTests", of: ["Complaints", "Templates", "Reporting", "Uploading"]),
        tests("TemplatesTests", of: ["Templates", "GoNotation"]),
        tests("ObservabilityTests", of: ["Observability", "CSystemd", log, metrics]),
        tests("ProfilingTests", of: ["Profiling", "CProcess"]),
        tests("HTTPClientTests", of: ["HTTPClient"]),
        tests("MailClientTests", of: ["MailClient", "HTTPClient"]),
        tests("ObjectStorageTests", of: ["ObjectStorage", "HTTPClient"]),
        tests("MesosClientTests", of: ["MesosClient", "CSimdjson"]),
        tests("RecordIOTests", of: ["RecordIO"]),
        tests("MesosExecutorTests", of: ["MesosExecutor", "HTTPClient"]),
        tests("DockerClientTests", of: ["DockerClient", "HTTPClient"]),
        tests("SidecarClientTests", of: ["SidecarClient", "HTTPClient"]),
        tests("VaultClientTests", of: ["VaultClient", "HTTPClient", "VaultTesting"]),
        tests(
            "ContainerExecutingTests",
            of: [
                "ContainerExecuting", "MesosExecutor", "DockerClient", "SidecarClient", "VaultClient", "GoNotation",
                "HTTPClient", "Observability", "VaultTesting",
            ]),
        tests("LogRelayingTests", of: ["LogRelaying", "DockerClient", "GoNotation", log]),
        tests("PollingTests", of: ["Polling", "MesosClient", "Complaints", "Supervision"]),
        tests(
            "DispatchingTests",
            of: [
                "Dispatching", "Reporting", "Complaints", "Supervision",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        tests(
            "UploadingTests",
            of: ["Uploading", "MesosClient", "HTTPClient", "ObjectStorage", "Complaints", "AgentTesting", log]),
        tests("ReportingTests", of: ["Reporting", "Complaints", "HTTPClient", "MailClient", "Supervision"]),
        tests(
            "ServingTests",
            of: [
                "Serving", "HTTPClient", "Complaints", "Observability", "Supervision",
                .product(name: "NIOCore", package: "swift-nio"), log,
            ]),
        tests("DocumentationTests", of: ["Complaints", "ContainerExecuting", "Reporting", "Uploading"]),
        tests("ComplainerTests", of: ["complainer", "Complaints", "Supervision"]),
        tests(
            "IntegrationTests",
            of: [
                "complainer", "sidecar-executor", "Complaints", "Supervision", "ObjectStorage", "HTTPClient",
                "MailClient", "Reporting", "Uploading", "AgentTesting", "DockerClient", "ContainerExecuting",
                "LogRelaying", "GoNotation", "MesosExecutor", "VaultClient", "VaultTesting", log,
            ]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
