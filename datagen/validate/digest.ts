/** All statistics of one retailer, made once for the table, the plots and the JSON. */
import { FESTIVALS, type Festival, type PromotionKind } from '../world/world.ts'
import {
  type DemandClass,
  demandClass,
  describeHistogram,
  dispersion,
  type Histogram,
  mean,
  quantile,
  sum,
  topShare,
} from './describe.ts'
import { type DailySales, type Observed, totalsOf } from './observed.ts'
import { pooledElasticity, promotionUplifts } from './price.ts'
import type { Coefficient } from './regression.ts'
import { addUp, festivalUplift, monthIndex, weekdayShares } from './seasons.ts'
import { type Shopping, together } from './shopping.ts'

/** Shares by slot of the day or the week, for each profile, and for all. */
export type Profiles = ReadonlyMap<string, Float64Array>
export const ALL = 'all'

export interface Digest {
  name: string
  /** Share of a week's units, Monday first. */
  weekdays: Profiles
  /** Share of a day's sales by local hour. */
  hours: Profiles
  /** Month over the mean of its year, by category and for all; absent where no year is whole. */
  months: ReadonlyMap<string, Float64Array>
  /** Factor on sales, by category and for all. */
  festivals: ReadonlyMap<string, ReadonlyMap<Festival, number>>
  counts?: Counts
  topFifth?: number
  baskets?: Baskets
  discountedShare?: number
  elasticity?: Coefficient
  promotions?: ReadonlyMap<PromotionKind | 'after', Coefficient>
}

export interface Counts {
  series: number
  zeroShare: number
  /** Variance to mean of each series. */
  dispersions: number[]
  /** Share of the series. */
  classes: Record<DemandClass, number>
}

export interface Baskets {
  /** By number of lines, for each profile and for all. */
  sizes: ReadonlyMap<string, Histogram>
  meanQuantity: number
  oneShare: number
  returnShare: number
  recognisedShare: number
  repeatingShare: number
  daysBetweenVisits?: number
}

/** A series on sale for fewer days says nothing of its kind. */
const FEWEST_DAYS = 28
/** Below it, chance alone makes months and festivals. */
const FEWEST_UNITS_A_DAY = 10

export function digest(observed: Observed): Digest {
  const { name, daily, shopping, unitsBySku, lines, prices } = observed
  const totals = observed.totals ?? (daily ? totalsOf(daily) : [])
  const everything = totals.length > 0 ? addUp(totals) : undefined
  const elasticity = prices && pooledElasticity(prices)
  const promotions = prices && promotionUplifts(prices)
  const byCategory = new Map(
    [...Map.groupBy(totals, ({ category }) => category)]
      .map(([category, group]) => [category, addUp(group)] as const)
      .filter(([, { units }]) => meanOpen(units) >= FEWEST_UNITS_A_DAY),
  )
  if (everything) byCategory.set(ALL, everything)
  const weekdays = new Map(
    [...Map.groupBy(totals, ({ profile }) => profile)].map(([profile, group]) => [
      profile,
      weekdayShares(addUp(group)),
    ]),
  )
  if (everything) weekdays.set(ALL, weekdayShares(everything))

  const months = new Map<string, Float64Array>()
  const festivals = new Map<string, Map<Festival, number>>()
  for (const [category, days] of byCategory) {
    const index = monthIndex(days)
    if (index) months.set(category, index)
    const uplifts = FESTIVALS.flatMap((festival) => {
      const uplift = festivalUplift(days, festival)
      return uplift === undefined ? [] : [[festival, uplift] as const]
    })
    if (uplifts.length > 0) festivals.set(category, new Map(uplifts))
  }
  return {
    name,
    weekdays,
    hours: shopping ? hourShares(shopping) : new Map(),
    months,
    festivals,
    ...(daily && { counts: countsOf(daily) }),
    ...(unitsBySku && { topFifth: topShare([...unitsBySku.values()], 0.2) }),
    ...(shopping && { baskets: basketsOf(shopping, observed.daysBetweenVisits) }),
    ...(lines && { discountedShare: lines.discounted / lines.lines }),
    ...(elasticity && { elasticity }),
    ...(promotions && { promotions }),
  }
}

function countsOf({ series }: DailySales): Counts {
  const classes: Record<DemandClass, number> = { smooth: 0, intermittent: 0, erratic: 0, lumpy: 0 }
  const dispersions: number[] = []
  let [zeros, days, classed] = [0, 0, 0]
  for (const { units } of series) {
    const open = units.filter((value) => !Number.isNaN(value))
    if (open.length < FEWEST_DAYS) continue
    days += open.length
    zeros += open.filter((value) => value === 0).length
    const ratio = dispersion(open)
    if (!Number.isNaN(ratio)) dispersions.push(ratio)
    const kind = demandClass(open)
    if (!kind) continue
    classes[kind]++
    classed++
  }
  for (const kind of Object.keys(classes) as DemandClass[]) classes[kind] /= classed
  return { series: classed, zeroShare: zeros / days, dispersions, classes }
}

function basketsOf(shopping: Shopping, daysBetweenVisits: number | undefined): Baskets {
  const quantities = describeHistogram(shopping.quantities)
  return {
    sizes: new Map([...shopping.sizes, [ALL, merged([...shopping.sizes.values()])]]),
    meanQuantity: quantities.mean,
    oneShare: quantities.share(1),
    returnShare: shopping.returnLines / (shopping.saleLines + shopping.returnLines),
    recognisedShare: shopping.recognised / shopping.sales,
    repeatingShare: shopping.repeating / shopping.sales,
    ...(daysBetweenVisits && { daysBetweenVisits }),
  }
}

function hourShares({ hours }: Shopping): Profiles {
  const share = (slots: Float64Array) => slots.map((value) => value / sum(slots))
  return new Map(
    [...hours, [ALL, together(hours)] as const].map(([profile, slots]) => [profile, share(slots)]),
  )
}

function merged(histograms: readonly Histogram[]): Histogram {
  const longest = Math.max(0, ...histograms.map(({ length }) => length))
  return Array.from({ length: longest }, (_, value) =>
    histograms.reduce((total, histogram) => total + (histogram[value] ?? 0), 0),
  )
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

function meanOpen(units: Float64Array): number {
  return mean(units.filter((value) => !Number.isNaN(value)))
}
