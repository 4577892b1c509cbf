import Definitions
import Testing

@testable import Rollouts

@Suite struct CapacityTests {
    static func course(
        _ old: Int, _ new: Int, surge: Int?, unavailable: Int = 0, byCount: Bool = false, _ weights: [Int]
    ) -> Capacity.Course {
        Capacity(old: old, new: new, surge: surge, unavailable: unavailable, byCount: byCount)
            .course(weights.map { .weight($0) })
    }

    @Test func `without a limit all new instances start beside the old ones, which all stay warm`() {
        let course = Self.course(4, 4, surge: nil, [10, 100])
        #expect(course == .init(first: 4, steps: [.weight(10), .weight(100)], warm: 4))
    }

    @Test func `with room for one, instances are exchanged one by one, each after the next has its part`() {
        let course = Self.course(4, 4, surge: 1, [50, 100])
        #expect(course.first == 1)
        #expect(
            course.steps == [
                .weight(25), .shrink(3), .grow(2), .weight(50), .shrink(2), .grow(3), .weight(75), .shrink(1), .grow(4),
                .weight(100),
            ])
        #expect(course.warm == 1)
    }

    @Test func `a small weight needs one instance, and no old one goes for it`() {
        let course = Self.course(4, 4, surge: 1, [5, 100])
        #expect(course.first == 1)
        #expect(course.steps.prefix(3) == [.weight(5), .weight(25), .shrink(3)])
    }

    @Test func `without any room an old instance goes before the first new one comes`() {
        let course = Self.course(2, 2, surge: 0, unavailable: 1, [100])
        #expect(course.first == 0)
        #expect(course.steps == [.shrink(1), .grow(1), .weight(50), .weight(100), .shrink(0), .grow(2)])
        #expect(course.warm == 0)
    }

    @Test func `workers whose share nobody can tell are split by their number`() {
        let course = Self.course(4, 4, surge: nil, byCount: true, [25, 100])
        #expect(course.first == 1)
        #expect(course.steps == [.weight(25), .shrink(3), .grow(4), .weight(100), .shrink(0)])
        #expect(course.warm == 0)
    }

    @Test func `steps that are no weights keep their places`() {
        let bake = StrategyStep.bake(.seconds(60), evidence: Evidence())
        let course = Capacity(old: 2, new: 2, surge: 1, unavailable: 0)
            .course([.smoke, .weight(50), bake, .weight(100), bake])
        #expect(course.steps == [.smoke, .weight(50), bake, .shrink(1), .grow(2), .weight(100), bake])
    }

    @Test func `where the weight goes down, the old instances are there before their part of the work is`() {
        let course = Self.course(3, 3, surge: 2, [100, 0, 100])
        #expect(
            course.steps == [
                .weight(66), .shrink(2), .grow(3), .weight(100), .weight(34), .thin(2), .regrow(3), .weight(0),
                .weight(66), .shrink(2), .grow(3), .weight(100),
            ])
        let counted = Self.course(4, 4, surge: nil, byCount: true, [50, 25, 0, 100])
        #expect(
            counted.steps == [
                .weight(50), .shrink(2), .regrow(3), .weight(25), .thin(1), .regrow(4), .weight(0), .thin(0), .grow(4),
                .weight(100), .shrink(0),
            ])
    }

    /// At no time more runs than allowed, or fewer serve; and each side has the instances for its part, but for what
    /// rounding and the last instance of a side ask for.
    private static func check(_ old: Int, _ new: Int, _ surge: Int, _ unavailable: Int, _ list: [Int]) {
        let course = course(old, new, surge: surge, unavailable: unavailable, list)
        let what = Comment(rawValue: "\(old) to \(new), surge \(surge), unavailable \(unavailable), \(list): \(course)")
        var (running, started, weight) = (old, course.first, 0)
        var given: [Int] = []
        let rises = list == list.sorted()
        for step in course.steps {
            switch step {
            case .grow(let count):
                #expect(count > started && count <= new, what)
                started = count
            case .regrow(let count):
                #expect(count > running && count <= old, what)
                running = count
            case .shrink(let count):
                #expect(count < running && count >= 0, what)
                running = count
            case .thin(let count):
                #expect(count < started && count >= 0, what)
                started = count
            case .weight(let percent):
                #expect(rises ? percent > weight : percent != weight, what)
                #expect(!rises || started * 100 >= percent * new || list.contains(percent), what)
                if percent < weight, !list.contains(percent) || percent == 0 {
                    #expect(
                        running * 100 >= (100 - percent) * old || started == 0 || old - running <= unavailable, what)
                }
                weight = percent
                given.append(percent)
            default: Issue.record(what)
            }
            #expect(running + started <= max(old, new) + surge, what)
            #expect(running + started >= max(old, new) - unavailable || old != new, what)
            #expect(weight == 100 || running > 0, what)
            #expect(weight == 0 || started > 0, what)
        }
        #expect(started == new && weight == 100, what)
        if rises { #expect(given.filter(list.contains) == list, what) }
        var rest = given[...]
        for percent in list {
            #expect(rest.contains(percent), what)
            rest = rest.drop { $0 != percent }.dropFirst()
        }
        #expect(rest.isEmpty, what)
        #expect(course.warm == running && course.warm <= max(old, new) + surge - new, what)
    }

    /// Every combination that the rules allow, with the limits checked after each step.
    @Test
    func `the limits hold after every step, weights never go beyond what the instances can take, and all ends well`() {
        let up = [[100], [50, 100], [5, 25, 50, 100], [1, 2, 10, 80, 100], [33, 66, 100]]
        let both = [[100, 0, 100], [50, 20, 100], [100, 50, 0, 30, 100], [1, 0, 99, 1, 100], [66, 33, 66, 100]]
        for old in 1...7 {
            for new in 1...7 {
                for surge in 0...3 {
                    for unavailable in 0..<min(old, new) where surge + unavailable > 0 {
                        for list in up + both { Self.check(old, new, surge, unavailable, list) }
                    }
                }
            }
        }
    }
}
