/// What may be shown of a provider's own words. A failing program may print anything, the secret included; so only words
/// of a closed list pass, those that such messages are made of, and everything else becomes `…`.
enum PlainWords {
    /// The first lines with at least three words of the list, at most `count` of them.
    static func lines(_ bytes: [UInt8], count: Int = 3) -> [String] {
        let lines = String(decoding: bytes.prefix(4096), as: UTF8.self).split(whereSeparator: \.isNewline)
        return Array(lines.compactMap(line).prefix(count))
    }

    private static func line(_ text: Substring) -> String? {
        var shown: [String] = []
        var known = 0
        for word in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "'" }).prefix(40) {
            if words.contains(word.lowercased()) {
                shown.append(String(word))
                known += 1
            } else if shown.last != "…" {
                shown.append("…")
            }
        }
        return known >= 2 ? shown.joined(separator: " ") : nil
    }

    private static let words = Set(
        """
        a access account address after all already an and any api are argument arguments as at auth authenticate \
        authenticated authentication authority authorization authorized available bad be because before but by cannot \
        can't canceled cancelled certificate check client closed code command config configuration configured connect \
        connecting connection could couldn't credentials database data decrypt decrypted default denied deleted did \
        directory disabled disk dns do does doesn't doing don't down during empty encrypted end engine environment \
        error errors exceeded exist exists exit expired failed failure fatal file files find first for forbidden format \
        found from get gave had has have header help host hostname http https id identities identity if in input \
        internal invalid is isn't it item its key keys kv left limit line list local locked log login lookup match \
        matched member missing mount must name namespace name's need needs network no none not nothing now of on or \
        other out output over parse parsed passphrase password path permission permissions permitted please policy port \
        private profile program project public range read reading recipient recipients refused region reset request \
        required response role run sealed secret secrets see server service session set sign signed status such \
        supported syntax system temporary than that the there these this time timed timeout tls to token try \
        unable unauthorized unavailable unexpected unknown unreachable unsupported up url usage use used user using \
        valid value vault version was were when while with without wrong yet you your
        """.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init))
}
