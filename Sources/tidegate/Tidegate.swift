import ArgumentParser

@main
struct Tidegate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lets releases out, and takes them back by itself.")
}
