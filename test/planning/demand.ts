/** Demand that tests know exactly: a distribution over whole numbers, by its probabilities. */
import type { Demand } from '@shelfcast/planning/demand/demand'
import type { SeriesDemand } from '@shelfcast/planning/replenishment/model'

/** @param probabilities of 0, 1, 2, ... units; the last holds the rest */
export function demandOf(probabilities: readonly number[]): Demand {
  const mean = probabilities.reduce((sum, probability, units) => sum + probability * units, 0)
  const variance = probabilities.reduce(
    (sum, probability, units) => sum + probability * (units - mean) ** 2,
    0,
  )
  const cdf = (units: number) => {
    let sum = 0
    for (let value = 0; value <= Math.min(units, probabilities.length - 1); value++)
      sum += probabilities[value]!
    return Math.min(1, sum)
  }
  return {
    mean,
    variance,
    cdf,
    quantile(probability) {
      let sum = 0
      for (const [units, each] of probabilities.entries()) {
        sum += each
        if (sum >= probability - 1e-12) return units
      }
      return probabilities.length - 1
    },
    shortage: (stock) =>
      probabilities.reduce((sum, probability, units) => sum + probability * Math.max(0, units - stock), 0),
  }
}

export const poisson = (mean: number): Demand => demandOf(poissonProbabilities(mean))

export function poissonProbabilities(mean: number): number[] {
  const most = Math.ceil(mean + 10 * Math.sqrt(mean) + 10)
  const probabilities: number[] = []
  let probability = Math.exp(-mean)
  for (let units = 0; units <= most; units++) {
    probabilities.push(probability)
    probability *= mean / (units + 1)
  }
  return probabilities
}

/** The same number of units each day, without a doubt. */
export function certain(units: number): Demand {
  const probabilities = new Array<number>(units + 1).fill(0)
  probabilities[units] = 1
  return demandOf(probabilities)
}

/** Independent days of one distribution, and a delivery that comes on one day. */
export function seriesDemand(
  of: (mean: number) => Demand,
  { mean, lead, review }: { mean: number; lead: number; review: number },
): SeriesDemand {
  return {
    over: (days) => of(mean * days),
    untilDelivery: of(mean * lead),
    protection: of(mean * (lead + review)),
    means: new Array<number>(28).fill(mean),
  }
}
