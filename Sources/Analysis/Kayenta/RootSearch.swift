/// Brent's search for a root between two ends where a function has different signs (Brent, "Algorithms for Minimization
/// without Derivatives", 1973, chapter 4). It takes the steps that R's `zeroin` takes, because Kayenta's results are
/// held against R's: of a step function, the root is where the search happens to stop.
package struct RootSearch: Sendable {
    /// The root is within this of the answer, apart from rounding.
    package var tolerance = 1e-4
    package var limit = 1000

    package init() {}

    /// A place and the function's value there.
    private struct Point {
        var x: Double
        var y: Double
    }

    /// - Parameter ends: where to search, with the function's values there.
    package func root(
        between left: (x: Double, y: Double), and right: (x: Double, y: Double),
        of f: (Double) throws(KayentaError) -> Double
    ) throws(KayentaError) -> Double {
        if left.y == 0 { return left.x }
        if right.y == 0 { return right.x }
        var last = Point(x: left.x, y: left.y)
        var best = Point(x: right.x, y: right.y)
        // The root lies between this and `best`.
        var opposite = last
        for _ in 0...limit {
            let lastStep = best.x - last.x
            if abs(opposite.y) < abs(best.y) { (last, best, opposite) = (best, opposite, best) }
            let least = 2 * Double.ulpOfOne * abs(best.x) + tolerance / 2
            let half = (opposite.x - best.x) / 2
            if abs(half) <= least || best.y == 0 { return best.x }
            var step = half
            if abs(lastStep) >= least, abs(last.y) > abs(best.y),
                let better = interpolated(last, best, opposite, lastStep: lastStep, least: least)
            {
                step = better
            }
            if abs(step) < least { step = step > 0 ? least : -least }
            last = best
            best.x += step
            best.y = try f(best.x)
            if best.y > 0 && opposite.y > 0 || best.y < 0 && opposite.y < 0 { opposite = last }
        }
        throw .noRoot(iterations: limit)
    }

    /// The step to the root of the curve through the points: a line through two, or an inverse parabola through three.
    /// Nil when it would leave the interval or be no quicker than halving.
    private func interpolated(
        _ last: Point, _ best: Point, _ opposite: Point, lastStep: Double, least: Double
    ) -> Double? {
        let width = opposite.x - best.x
        var p: Double
        var q: Double
        if last.x == opposite.x {
            let ratio = best.y / last.y
            p = width * ratio
            q = 1 - ratio
        } else {
            let lastToOpposite = last.y / opposite.y
            let bestToOpposite = best.y / opposite.y
            let bestToLast = best.y / last.y
            let curve = width * lastToOpposite * (lastToOpposite - bestToOpposite)
            p = bestToLast * (curve - (best.x - last.x) * (bestToOpposite - 1))
            q = (lastToOpposite - 1) * (bestToOpposite - 1) * (bestToLast - 1)
        }
        if p > 0 { q = -q } else { p = -p }
        guard p < 0.75 * width * q - abs(least * q) / 2, p < abs(lastStep * q / 2) else { return nil }
        return p / q
    }
}
