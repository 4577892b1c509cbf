import Rollouts

extension Duration {
    /// As people say it: `420 ms`, `12.3 s`, `5 m 10 s`, `3 h 4 m`, `2 d 3 h`.
    package var spoken: String {
        let total = seconds
        if total < 1 { return "\(Int((total * 1000).rounded())) ms" }
        if total < 60 { return "\((total * 10).rounded() / 10) s" }
        let whole = Int(total)
        if whole < 3600 { return whole % 60 == 0 ? "\(whole / 60) m" : "\(whole / 60) m \(whole % 60) s" }
        if whole < 86_400 { return "\(whole / 3600) h \(whole / 60 % 60) m" }
        return "\(whole / 86_400) d \(whole / 3600 % 24) h"
    }
}
