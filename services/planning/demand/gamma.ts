/**
 * Gamma demand of weighed goods, of variance scale m + a m^2. Source: Johnson, Kotz and Balakrishnan, Continuous Univariate
 * Distributions, vol. 1, 2nd ed., ch. 17; its loss function: Zipkin, Foundations of Inventory Management, app. C.
 */
import { crossing, type Distribution } from './distribution.ts'
import { gammaAbove, gammaBelow, gammaDensity, normalQuantile } from './special-functions.ts'

/**
 * @param mean in any unit, above 0
 * @param scale in that unit
 */
export function gamma(mean: number, scale: number, dispersion: number): Distribution {
  const unit = Math.max(scale + dispersion * mean, mean * 1e-9)
  const shape = mean / unit
  return {
    isWhole: false,
    mean,
    variance: mean * unit,
    cdf: (units) => gammaBelow(shape, units / unit),
    quantile: (probability) => standardQuantile(shape, probability) * unit,
    shortage(stock) {
      if (stock <= 0) return mean - stock
      const { above, aboveOfNext } = tails(shape, stock / unit)
      return Math.max(0, mean * aboveOfNext - stock * above)
    },
    squaredShortage(stock) {
      const { above, aboveOfNext, aboveOfSecond } = tails(shape, stock / unit)
      return Math.max(
        0,
        mean * (mean + unit) * aboveOfSecond - 2 * stock * mean * aboveOfNext + stock * stock * above,
      )
    },
  }
}

/** Shares above x of the shapes a, a + 1 and a + 2: Q(a + 1, x) = Q(a, x) + x^a e^-x / Gamma(a + 1), DLMF 8.8.2. */
function tails(shape: number, x: number) {
  const above = gammaAbove(shape, x)
  if (x <= 0) return { above, aboveOfNext: 1, aboveOfSecond: 1 }
  const term = (gammaDensity(shape, x) * x) / shape
  const aboveOfNext = Math.min(1, above + term)
  return { above, aboveOfNext, aboveOfSecond: Math.min(1, aboveOfNext + (term * x) / (shape + 1)) }
}

/** Of scale 1: Wilson and Hilferty's cube, or the power law near 0, and Newton's steps from there. */
function standardQuantile(shape: number, probability: number): number {
  if (probability <= 0) return 0
  const z = normalQuantile(Math.min(1 - 1e-16, probability))
  const root = 1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape))
  // P(a, x) is about x^a / (a Gamma(a)) near 0.
  let x = shape > 0.5 && root > 0.1 ? shape * root ** 3 : nearZero(shape, probability)
  if (!(x > 0)) return 0
  for (let turn = 0; turn < 8; turn++) {
    const error = gammaBelow(shape, x) - probability
    const density = gammaDensity(shape, x)
    const step = error / density
    if (!Number.isFinite(step) || step >= x || Math.abs(step) > x) break
    // Halley's correction: the logarithm of the density falls by 1 - (a - 1) / x.
    const next = x - step / Math.max(0.5, 1 - (step * ((shape - 1) / x - 1)) / 2)
    if (!(next > 0)) break
    if (Math.abs(next - x) <= 1e-10 * x) return next
    x = next
  }
  return bracketed(shape, probability)
}

function nearZero(shape: number, probability: number): number {
  // ln x = (ln p + ln Gamma(a + 1)) / a, with ln Gamma(a + 1) of about -0.5772 a for a small shape.
  return shape < 1 ? Math.exp((Math.log(probability) - 0.5772 * shape) / shape) : shape / 2
}

function bracketed(shape: number, probability: number): number {
  let high = shape + 1
  while (gammaBelow(shape, high) < probability && high < 1e300) high *= 2
  let low = high / 2
  while (low > 1e-300 && gammaBelow(shape, low) > probability) low /= 2
  return low <= 1e-300 ? 0 : crossing((x) => gammaBelow(shape, x), probability, low, high)
}
