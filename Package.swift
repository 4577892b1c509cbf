// swift-tools-version: 6.2
import PackageDescription

/// Every target is compiled the same way: Swift 6, warnings are errors, and members come only from declared imports.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncAlgorithms = Target.Dependency.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let swiftASN1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")

/// What the simulation spends its time in is optimized in debug builds too: the tests run thousands of worlds.
let quick = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

func library(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [], settings: [SwiftSetting] = strict
) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func program(
    _ name: String, _ dependencies: [Target.Dependency], path: String? = nil, exclude: [String] = []
) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, path: "Tests/\(name)", resources: resources,
        swiftSettings: strict)
}

let package = Package(
    name: "tidegate",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "tidegate", targets: ["tidegate"]),
        .executable(name: "pipeline", targets: ["pipeline"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CYAML", path: "Sources/CYAML", pkgConfig: "yaml-0.1"),
        .target(name: "CLibraries"),
        .target(name: "CCurl", dependencies: ["CLibraries"]),
        .target(name: "CPostgres", dependencies: ["CLibraries"]),
        .target(name: "CSpawn"),
        .target(name: "CAllocations"),
        .target(name: "CHeap"),

        library("Contract", []),
        library("OpenMetrics", []),
        library("HTTPClient", ["CCurl"]),
        library("Storage", ["CPostgres", grdb, crypto]),
        library("Definitions", ["Contract", "CYAML"], resources: [.embedInCode("reference.yaml")]),
        library(
            "Secrets",
            ["CSpawn", "Contract", "Definitions", "HTTPClient", crypto, subprocess, swiftASN1, systemPackage, x509]),
        library("Analysis", [], settings: quick),
        library("Ledger", ["Storage"], settings: quick),
        library(
            "Rollouts", ["Contract", "Definitions", "Secrets", "Analysis", "Storage", crypto, logging],
            settings: quick),
        library(
            "Platforms",
            [
                "CSpawn", "Rollouts", "Contract", "Definitions", "Secrets", "Analysis", "Storage", "HTTPClient", crypto,
            ]),
        library(
            "Operations",
            [
                "Rollouts", "Ledger", "Contract", "Definitions", "Secrets", "Analysis", "OpenMetrics", "Storage",
                "HTTPClient", crypto, logging, subprocess,
            ], resources: [.embedInCode("Alerts/Rules/built-in.yaml")]),
        library(
            "ControlPlane",
            [
                "CLibraries", "Operations", "Platforms", "Rollouts", "Contract", "Definitions", "Secrets", "Analysis",
                "OpenMetrics", "Storage", "Ledger", "HTTPClient", hummingbird, httpTypes, serviceLifecycle, unixSignals,
                asyncAlgorithms, logging, nioCore,
            ]),
        program(
            "tidegate",
            [
                "CHeap", "ControlPlane", "Definitions", "Contract", "Operations", "Rollouts", "HTTPClient", "Secrets",
                argumentParser,
            ]),

        library("Documents", ["Contract", "OpenMetrics", "Storage", "Ledger", "HTTPClient", crypto, logging]),
        library(
            "API",
            [
                "Contract", "Documents", "OpenMetrics", "Storage", "Ledger", hummingbird, httpTypes, jwtKit,
                serviceLifecycle, crypto, cryptoExtras, hummingbirdCore, logging, nioCore, nioPosix, nioHTTP1,
            ]),
        library(
            "Worker",
            [
                "Documents", "OpenMetrics", "Contract", "Storage", "Ledger", "HTTPClient", hummingbird, httpTypes,
                serviceLifecycle,
                unixSignals, asyncAlgorithms, logging, nioCore,
            ]),
        library(
            "Simulators",
            [
                "HTTPClient", crypto, hummingbird, httpTypes, subprocess, serviceLifecycle, logging, nioCore, nioPosix,
                nioHTTP1,
            ]),
        program(
            "pipeline",
            [
                "API", "Worker", "Simulators", "Documents", "Storage", "HTTPClient", argumentParser,
                serviceLifecycle, unixSignals, logging, nioCore,
            ]),

        program(
            "benchmarks",
            [
                "CAllocations", "CSpawn", "Analysis", "Contract", "Definitions", "Documents", "HTTPClient", "Ledger",
                "Platforms", "Rollouts", "Secrets", "SimulatedWorld", "Storage", "TestSupport", crypto, logging,
            ], path: "Benchmarks",
            exclude: [
                "README.md", "run.sh", "rollback.json", "plots", "pipeline/peers", "pipeline/health.lua",
                "pipeline/list.lua", "pipeline/upload.lua", "pipeline/report.lua",
                "ledger/pair.sql", "ledger/litellm.py", "ledger/litellm.yaml",
            ]),
        .target(
            name: "TestSupport",
            dependencies: ["CSpawn", "Contract", "Definitions", "Rollouts", "Storage", subprocess],
            path: "Tests/Support",
            swiftSettings: strict),
        .target(
            name: "SimulatedWorld",
            dependencies: ["Rollouts", "Contract", "Definitions", "Secrets", "Storage", "TestSupport", logging],
            path: "Tests/SimulatedWorld",
            swiftSettings: quick),

        tests("Storage", ["Storage", "TestSupport"]),
        tests("StorageContract", ["Storage", "TestSupport"]),
        tests("Ledger", ["Ledger", "Storage", "TestSupport"]),
        tests(
            "API",
            [
                "API", "Documents", "Contract", "Definitions", "Ledger", "Operations", "Rollouts", "Storage",
                "HTTPClient",
                "Simulators", "TestSupport",
                jwtKit, serviceLifecycle, crypto, logging,
            ]),
        tests(
            "Simulators",
            [
                "Contract", "Definitions", "Simulators", "Documents", "HTTPClient", "Operations", "Rollouts", "Storage",
                "TestSupport", serviceLifecycle, crypto, logging,
            ]),
        tests("HTTPClient", ["HTTPClient", "TestSupport", subprocess]),
        tests("Documents", ["Documents", "OpenMetrics", "Contract", "HTTPClient", "Storage", "TestSupport", logging]),
        tests(
            "Worker",
            [
                "Worker", "Documents", "Contract", "Storage", "Ledger", "HTTPClient", "TestSupport", serviceLifecycle,
                crypto, logging,
            ]),
        tests("Tidy", ["tidegate", "Definitions", "TestSupport", argumentParser]),
        tests("EndToEnd", ["Rollouts", "Storage", "HTTPClient", "TestSupport"]),
        tests("Contract", ["Contract"]),
        tests("Definitions", ["Definitions", "Contract", "TestSupport"]),
        tests(
            "Platforms",
            [
                "Platforms", "Rollouts", "Contract", "Definitions", "Secrets", "Analysis", "Storage", "HTTPClient",
                "TestSupport",
            ]),
        tests("Secrets", ["Secrets", "Contract", "Definitions", "HTTPClient", "TestSupport"]),
        tests(
            "Operations",
            [
                "Operations", "Ledger", "Analysis", "Rollouts", "Contract", "Definitions", "Secrets", "Storage",
                "HTTPClient", "TestSupport", logging, subprocess, systemPackage,
            ]),
        tests("Analysis", ["Analysis", "TestSupport"], resources: [.copy("Cases")]),
        tests(
            "Rollouts",
            ["Rollouts", "Contract", "Definitions", "Secrets", "Analysis", "Storage", "TestSupport", logging]),
        tests(
            "Simulation", ["SimulatedWorld", "Rollouts", "Analysis", "Definitions", "Storage", "TestSupport"],
            resources: [.copy("Cases")]),
        tests("CommandLine", ["tidegate", "ControlPlane", "Definitions", "Rollouts", "TestSupport", argumentParser]),
        tests(
            "ControlPlane",
            [
                "Analysis", "CLibraries", "ControlPlane", "Contract", "Definitions", "HTTPClient", "Ledger",
                "OpenMetrics",
                "Rollouts", "Secrets", "Storage", "TestSupport",
                serviceLifecycle, logging,
            ]),
    ]
)
