/** What a forecast does not know of the level of a series: a factor that stays for all days, gamma distributed. */

/** The demand of a series by day, as the risk needs it. Quantities are in the unit of facts. */
export interface DailyDemand {
  /** Of the days 1, 2, ... after the origin. */
  readonly means: readonly number[]
  /** Variance of a day over its mean, when the level is as forecast; pieces: 1 is Poisson. */
  readonly spread: number
  /** Variance of the factor on all means, which is 1 on average. */
  readonly levelVariance: number
}

export interface LevelPoint {
  readonly factor: number
  readonly weight: number
}

/** A level as sure as this is taken as it is. */
const SURE = 1e-4
const AS_FORECAST: readonly LevelPoint[] = [{ factor: 1, weight: 1 }]

/**
 * Three factors with the mean, the variance and the next three moments of a gamma distribution of mean 1.
 * Source: generalised Gauss-Laguerre quadrature of order 3, Abramowitz and Stegun, 25.4.45 and 22.3.9; a cubic of three
 * real roots is solved by Viète's cosines.
 * @param variance of the factor; 0: it is 1
 */
export function levelPoints(variance: number): readonly LevelPoint[] {
  if (!(variance > SURE)) return AS_FORECAST
  const shape = 1 / variance
  const mean = shape + 2
  // Around their mean, the roots solve y^3 - 3 (shape + 2) y - 2 (shape + 2) = 0.
  const radius = 2 * Math.sqrt(mean)
  const angle = Math.acos(Math.min(1, 2 / radius)) / 3
  const roots = [0, 1, 2].map((turn) => mean + radius * Math.cos(angle - (2 * Math.PI * turn) / 3))
  const square = shape * (shape + 1)
  return roots.map((root, at) => {
    const [one, other] = [roots[(at + 1) % 3]!, roots[(at + 2) % 3]!]
    const weight = (square - (one + other) * shape + one * other) / ((root - one) * (root - other))
    return { factor: root / shape, weight }
  })
}
