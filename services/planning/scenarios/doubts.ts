/** Where what the model says of a part goes against plain sense, or against what was measured: in sentences. */
import { formatPart } from '@shelfcast/contracts/scenario-text'
import type { ScenarioPart } from '@shelfcast/contracts/scenarios'
import type { ComparedSeries, Prepared } from './compare.ts'

/** A total that changes by less is not said to change: trees answer in steps. */
const LEAST_CHANGE = 0.005
/** An answer to a price that is that many times stronger or weaker than measured is said to be so. */
const ELASTICITY_RATIO = 3
/** Below it sales hardly answer to a price, and nothing is expected of them. */
const LEAST_ELASTICITY = -0.3

export interface Measured {
  /** Change of log sales by change of log price, by SKU; missing where it was never sold at other prices. */
  elasticities: ReadonlyMap<string, number>
  /** What rain was measured to do, by the slope of the features; below 0, less is sold. */
  rainSlopeOf(series: ComparedSeries): number | null
  skuOf(series: ComparedSeries): string
}

/**
 * @param part alone, as the scenario `place` of the series
 * @returns nothing where there is no doubt
 */
export function doubtsOf(
  part: ScenarioPart,
  prepared: readonly Prepared[],
  place: number,
  measured: Measured,
): string[] {
  const touched = prepared.filter(({ series }) => series.scenarios[place])
  const { before, after } = volumes(touched, place)
  if (before <= 0 || after <= 0) return []
  const change = after / before - 1
  const name = `"${formatPart(part)}"`
  const percent = `${(Math.abs(change) * 100).toFixed(1)}%`
  const falls = change < -LEAST_CHANGE
  const rises = change > LEAST_CHANGE
  switch (part.kind) {
    case 'price':
      return priceDoubts(part.strength ?? 1, { touched, place, before, after, name, percent, measured })
    case 'promotion':
      return falls
        ? [
            `${name} lowers what is sold by ${percent} at unchanged prices. A promotion that sells less is not plain sense: do not plan by it.`,
          ]
        : []
    case 'no_promotion':
      return rises
        ? [
            `Without the promotions that are planned, ${name}, ${percent} more is sold. That is not plain sense: do not plan by it.`,
          ]
        : []
    case 'festival':
      return falls
        ? [
            `${name} lowers what is sold by ${percent}. Around festivals shops sell more before and less after: look at the days, and whether the category is a festive one.`,
          ]
        : []
    case 'rain': {
      const slope = weighted(touched, (series) => measured.rainSlopeOf(series))
      if (slope === null) return []
      if ((rises && slope < 0) || (falls && slope > 0))
        return [
          `${name} ${rises ? 'raises' : 'lowers'} what is sold by ${percent}, while the history of these series says that they sell ${slope < 0 ? 'less' : 'more'} when it rains.`,
        ]
      return []
    }
    default:
      return []
  }
}

function priceDoubts(
  factor: number,
  context: {
    touched: readonly Prepared[]
    place: number
    before: number
    after: number
    name: string
    percent: string
    measured: Measured
  },
): string[] {
  const { touched, before, after, name, percent, measured } = context
  if (Math.abs(Math.log(factor)) < 0.005) return []
  const change = after / before - 1
  const elasticity = weighted(touched, (series) => measured.elasticities.get(measured.skuOf(series)) ?? null)
  const isElastic = elasticity === null || elasticity < LEAST_ELASTICITY
  const measuredWords =
    elasticity === null
      ? 'Its elasticity was never measured'
      : `Promotions of half a year measured an elasticity of ${elasticity.toFixed(1)}`
  if (factor < 1 && change < -LEAST_CHANGE && isElastic)
    return [`${name}, a lower price, lowers what is sold by ${percent}. ${measuredWords}: do not plan by it.`]
  if (factor > 1 && change > LEAST_CHANGE && isElastic)
    return [
      `${name}, a higher price, raises what is sold by ${percent}. ${measuredWords}: do not plan by it.`,
    ]
  if (elasticity === null || elasticity >= LEAST_ELASTICITY) return []
  const implied = Math.log(after / before) / Math.log(factor)
  if (implied < elasticity * ELASTICITY_RATIO || implied > elasticity / ELASTICITY_RATIO) {
    const expected = (factor ** elasticity - 1) * 100
    return [
      `${name} changes what is sold by ${(change * 100).toFixed(1)}%, an elasticity of ${implied.toFixed(1)}. ${measuredWords}, by which it would be ${expected.toFixed(0)}%.`,
    ]
  }
  return []
}

/** What is sold on the days that change, at the prices as they are known, so that pieces and kilograms add up. */
function volumes(touched: readonly Prepared[], place: number): { before: number; after: number } {
  let before = 0
  let after = 0
  for (const { series } of touched) {
    const { base, unit, price } = series
    const scenario = series.scenarios[place]!
    for (const [day, mean] of base.means.entries()) {
      if (scenario.means[day] === mean && scenario.paid[day] === base.paid[day]) continue
      const worth = (price[day] ?? 1) * (unit === 'each' ? 1 : 0.001)
      before += mean * worth
      after += scenario.means[day]! * worth
    }
  }
  return { before, after }
}

/** Mean over series, by what they sell; null where nothing is known. */
function weighted(
  touched: readonly Prepared[],
  measureOf: (series: ComparedSeries) => number | null,
): number | null {
  let sum = 0
  let weight = 0
  for (const { series, base } of touched) {
    const value = measureOf(series)
    if (value === null) continue
    const own = base.revenue ?? base.units
    sum += value * own
    weight += own
  }
  return weight > 0 ? sum / weight : null
}
