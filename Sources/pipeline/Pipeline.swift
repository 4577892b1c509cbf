@main
struct Pipeline {
    static func main() { print("pipeline") }
}
