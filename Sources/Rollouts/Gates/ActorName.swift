/// Who did something, as it is recorded: the login name that the operating system gives, and for whom they say they act.
package enum ActorName {
    private static let separator = ", for "

    package static func of(_ login: String, onBehalfOf claim: String) -> String { login + separator + claim }

    /// The part that nobody can choose.
    package static func login(of name: String) -> String {
        name.firstRange(of: separator).map { String(name[..<$0.lowerBound]) } ?? name
    }
}
