import Foundation

/// The programs that were built together with the tests.
package enum BuildProducts {
    /// The path of an executable product, beside the test bundle.
    package static func path(_ product: String) throws -> String {
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent(product).path
        guard FileManager.default.isExecutableFile(atPath: path) else { throw MissingProduct(path: path) }
        return path
    }

    package struct MissingProduct: Error, CustomStringConvertible {
        let path: String
        package var description: String { "\(path) is missing: run swift build --build-tests first" }
    }
}
