/** Units, revenue and margin of a scenario beside the base. Pure: what inference and the warehouse say comes in. */
import type { SumBand } from '@shelfcast/contracts/manifest'
import type { RescoredDays } from '@shelfcast/contracts/rescoring'
import type { ScenarioTotals } from '@shelfcast/contracts/scenarios'
import { spansOf } from '../demand/sums.ts'
import { type ErrorCorrelation, intervalOf, SCALED_DISPERSION, type Share } from './totals.ts'

/** A SKU of a store, on the days that are compared. */
export interface ComparedSeries {
  category: string
  unit: 'each' | 'g' | 'ml'
  currency: string
  /** Shelf price of each day as it is known, minor units per piece, kilogram or litre; null where nobody knows. */
  price: readonly (number | null)[]
  cost: number | null
  base: RescoredDays
  /** Of each scenario; null: exactly the base. */
  scenarios: readonly (RescoredDays | null)[]
}

/** What a series comes to. */
interface Amounts {
  /** Pieces, kilograms or litres. */
  units: number
  /** Minor units; null where a price is not known. */
  revenue: number | null
  margin: number | null
}

export interface Prepared {
  series: ComparedSeries
  /** Standard deviation of the sum of its days over their mean. */
  relative: number
  base: Amounts
}

const LARGER = { each: 'each', g: 'kg', ml: 'l' } as const
const NOTHING: Amounts = { units: 0, revenue: 0, margin: 0 }

/**
 * @param spread.bands as the manifest has them
 * @param spread.scatter of forecasts that are over, where there are no bands; null: the stated default of
 * services/planning/demand
 */
export function prepare(
  series: readonly ComparedSeries[],
  spread: { bands: readonly SumBand[]; scatter: number | null },
): Prepared[] {
  return series.map((each) => {
    const base = amountsOf(each, each.base)
    return { series: each, relative: base.units > 0 ? relativeDeviation(each, base.units, spread) : 0, base }
  })
}

function relativeDeviation(
  { unit, base: { means } }: ComparedSeries,
  units: number,
  { bands, scatter }: Parameters<typeof prepare>[1],
): number {
  if (bands.length === 0 && scatter !== null) return Math.sqrt(scatter * (1 / units + SCALED_DISPERSION))
  const { mean, variance } = spansOf({ means, unit, bands }).over(means.length)
  return Math.sqrt(variance) / mean
}

export function amountsOf({ unit, price, cost }: ComparedSeries, { means, paid }: RescoredDays): Amounts {
  const scale = unit === 'each' ? 1 : 0.001
  let units = 0
  let revenue: number | null = 0
  for (const [day, mean] of means.entries()) {
    const sold = mean * scale
    const dayPrice = price[day] ?? null
    units += sold
    if (revenue !== null) revenue = dayPrice === null ? null : revenue + sold * dayPrice * paid[day]!
  }
  return { units, revenue, margin: revenue === null || cost === null ? null : revenue - cost * units }
}

/** @param scenario place among the scenarios of the series; undefined: the base */
export function totalsOf(
  prepared: readonly Prepared[],
  scenario: number | undefined,
  correlation: ErrorCorrelation,
): ScenarioTotals {
  return sums(prepared, correlation, (each) => ({ amounts: scenarioAmounts(each, scenario), less: NOTHING }))
}

/**
 * Less the base. An error of a series is the same share of its mean in both, as of common random numbers: what the model
 * sees too low it sees too low in both, so a difference is far narrower than either.
 */
export function differenceOf(
  prepared: readonly Prepared[],
  scenario: number,
  correlation: ErrorCorrelation,
): ScenarioTotals {
  return sums(prepared, correlation, (each) => ({
    amounts: scenarioAmounts(each, scenario),
    less: each.base,
  }))
}

function scenarioAmounts({ series, base }: Prepared, scenario: number | undefined): Amounts {
  const days = scenario === undefined ? null : series.scenarios[scenario]
  return days ? amountsOf(series, days) : base
}

function sums(
  prepared: readonly Prepared[],
  correlation: ErrorCorrelation,
  change: (each: Prepared) => { amounts: Amounts; less: Amounts },
): ScenarioTotals {
  const units = new Map<'each' | 'kg' | 'l', Share[]>()
  const money = new Map<
    string,
    { revenue: Share[]; margin: Share[]; without_price: number; without_cost: number }
  >()
  for (const each of prepared) {
    const { amounts, less } = change(each)
    const { category, unit, currency } = each.series
    const share = (mean: number): Share => ({ category, mean, deviation: mean * each.relative })
    listOf(units, LARGER[unit], []).push(share(amounts.units - less.units))
    const sum = listOf(money, currency, { revenue: [], margin: [], without_price: 0, without_cost: 0 })
    if (amounts.revenue === null || less.revenue === null) sum.without_price++
    else {
      sum.revenue.push(share(amounts.revenue - less.revenue))
      if (amounts.margin === null || less.margin === null) sum.without_cost++
      // At prices and costs that are known a margin errs as its units do.
      else sum.margin.push(share(amounts.margin - less.margin))
    }
  }
  return {
    units: [...units].map(([unit, shares]) => ({ unit, ...intervalOf(shares, correlation) })),
    money: [...money].map(([currency, { revenue, margin, ...without }]) => ({
      currency,
      revenue: intervalOf(revenue, correlation),
      margin: intervalOf(margin, correlation),
      ...without,
    })),
  }
}

function listOf<Key, Value>(map: Map<Key, Value>, key: Key, first: Value): Value {
  const value = map.get(key) ?? first
  map.set(key, value)
  return value
}
