import Foundation
import Synchronization

/// Looks at the arguments of every process on the machine, again and again.
final class ArgumentWitness: Sendable {
    private struct Seen {
        var looks = 0
        var found: Set<String> = []
        var isOver = false
    }

    private let needles: [Data]
    private let state = Mutex(Seen())

    init(_ secrets: [String]) { needles = secrets.map { Data($0.utf8) } }

    var looks: Int { state.withLock { $0.looks } }
    var found: Set<String> { state.withLock { $0.found } }
    func stop() { state.withLock { $0.isOver = true } }

    func watch() async {
        while !state.withLock({ $0.isOver }) {
            let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.filter { Int($0) != nil } ?? []
            for pid in pids {
                guard let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { continue }
                if needles.contains(where: { words.range(of: $0) != nil }) {
                    let program = String(decoding: words.prefix { $0 != 0 }, as: UTF8.self)
                    state.withLock { _ = $0.found.insert(program) }
                }
            }
            state.withLock { $0.looks += 1 }
            do { try await ContinuousClock().sleep(for: .milliseconds(20)) } catch { return }
        }
    }
}

/// Finds secrets in bytes, in the forms that programs write, made here by other means than the product's.
struct Leaks {
    private var forms: [(String, Data)] = []

    init(_ secrets: [String: String]) {
        for (name, value) in secrets {
            var parts = [value] + value.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("-----") }
            if name == "VAULTED" { parts += ["cV5canary%2Fvaulted%40word", "cV5canary/vaulted@word"] }
            for part in parts { add(name, part) }
        }
        for text in [Blurter.vaultToken] { add("VAULT_TOKEN", text) }
    }

    private mutating func add(_ name: String, _ value: String) {
        let data = Data(value.utf8)
        let unreserved = CharacterSet(charactersIn: "-._~").union(.init(charactersIn: "a"..."z"))
            .union(.init(charactersIn: "A"..."Z")).union(.init(charactersIn: "0"..."9"))
        var texts = [
            value, data.map { String(format: "%02x", $0) }.joined(),
            value.addingPercentEncoding(withAllowedCharacters: unreserved) ?? value,
            String(String(reflecting: value).dropFirst().dropLast()),
            String(
                String(decoding: (try? JSONEncoder().encode([value])) ?? Data(), as: UTF8.self).dropFirst(2).dropLast(2)
            ),
        ]
        for shift in 0..<3 {
            // The middle of it, which depends on nothing that stands around.
            let text = (Data(repeating: 65, count: shift) + data).base64EncodedString()
            let core = String(text.dropFirst(4).dropLast(4).prefix(40))
            texts += [core, core.replacing("+", with: "-").replacing("/", with: "_")]
        }
        for text in Set(texts) where text.utf8.count >= 12 { forms.append((name, Data(text.utf8))) }
    }

    /// The names of what was found, also where line ends were put in between.
    func find(in bytes: [UInt8]) -> Set<String> {
        let data = Data(bytes)
        let bare = Data(bytes.filter { $0 != 10 && $0 != 13 })
        return Set(
            forms.filter { _, form in
                data.range(of: form) != nil || bare.range(of: Data(form.filter { $0 != 10 && $0 != 13 })) != nil
            }.map(\.0))
    }

    /// Files that hold any, the sealed ones and all.
    func find(below path: String) throws -> [String] {
        guard let files = FileManager.default.enumerator(atPath: path) else { return ["\(path) cannot be read"] }
        var found: [String] = []
        for case let name as String in files {
            guard let data = FileManager.default.contents(atPath: "\(path)/\(name)") else { continue }
            for secret in find(in: Array(data)) { found.append("\(name): \(secret)") }
        }
        return found
    }
}
