/**
 * Gauss-Legendre quadrature on [0, 1]: the sum of weight * f(point) is the integral of f, exactly so for polynomials of a
 * degree below twice the number of points.
 */
export function gaussLegendre(count: number): { points: Float64Array; weights: Float64Array } {
  const points = new Float64Array(count)
  const weights = new Float64Array(count)
  for (let index = 0; index < count; index++) {
    // Newton's method on the Legendre polynomial, from Tricomi's approximation of its roots.
    let x = Math.cos((Math.PI * (index + 0.75)) / (count + 0.5))
    let slope = 0
    for (let step = 0; step < 20; step++) {
      let [previous, current] = [1, x]
      for (let degree = 2; degree <= count; degree++)
        [previous, current] = [current, ((2 * degree - 1) * x * current - (degree - 1) * previous) / degree]
      slope = (count * (x * current - previous)) / (x * x - 1)
      const change = current / slope
      x -= change
      if (Math.abs(change) < 1e-16) break
    }
    points[index] = (1 - x) / 2
    weights[index] = 1 / ((1 - x * x) * slope * slope)
  }
  return { points, weights }
}
