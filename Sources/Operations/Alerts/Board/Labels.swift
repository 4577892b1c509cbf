/// An alert's identity, as Alertmanager has it: a name for each value, `alertname` among them.
package typealias Labels = [String: String]

extension Labels {
    /// 64-bit FNV-1a over the sorted pairs, in hexadecimal: the same labels have the same one everywhere and for ever.
    package var fingerprint: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        for (name, value) in sorted(by: { $0.key < $1.key }) {
            name.utf8.forEach(mix)
            mix(0xff)
            value.utf8.forEach(mix)
            mix(0xff)
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// `{alertname="X", service="api"}`
    package var written: String {
        let pairs = sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }
        return "{\(pairs.joined(separator: ", "))}"
    }
}
