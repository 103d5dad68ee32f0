/** What a store is expected to sell of a SKU from now on. */
import { daysBetween } from '@shelfcast/contracts/dates'
import type { Unit } from '@shelfcast/contracts/events'
import type { SumBand } from '@shelfcast/contracts/manifest'
import type { Demand } from '../demand/demand.ts'
import { type SpanBasis, type Spans, spansOf } from '../demand/sums.ts'

export interface SalesAhead {
  /** @param after days, today the first, that are not counted */
  over(days: number, after?: number): Demand
  /** The same, where so many times as much is bought each day. */
  times(factor: number): SalesAhead
  basis: SpanBasis['basis']
  /** Days from today on that were forecast; later ones go on as the last week of it. */
  forecastDays: number
}

export interface SalesQuestion {
  /** Means of the days 1, 2, ... after the origin, in the unit of facts. */
  means: readonly number[]
  unit: Unit
  bands: readonly SumBand[]
  /** Last day that the forecast knew. */
  origin: string
  today: string
  /** Share of today's sales that are still to come. */
  todayShare: number
}

const WEEK = 7
/** Days that are made ready, past which spansOf goes on by itself. */
const DAYS = 35

export function createSalesAhead(question: SalesQuestion): SalesAhead {
  const { means, unit, bands, origin, today, todayShare } = question
  const passed = Math.max(0, daysBetween(origin, today) - 1)
  const lastWeek = means.slice(-WEEK)
  const usual = lastWeek.length > 0 ? lastWeek.reduce((sum, mean) => sum + mean, 0) / lastWeek.length : 0
  const ahead = Array.from({ length: DAYS }, (_, day) => {
    const mean = means[passed + day] ?? usual
    return day === 0 ? mean * todayShare : mean
  })
  return salesOf(ahead, { unit, bands, forecastDays: Math.max(0, means.length - passed) })
}

function salesOf(
  ahead: readonly number[],
  of: { unit: Unit; bands: readonly SumBand[]; forecastDays: number },
): SalesAhead {
  const spans = new Map<number, Spans>()
  const demands = new Map<string, Demand>()
  const spansAfter = (after: number) => {
    const ready = spans.get(after) ?? spansOf({ ...of, means: ahead.slice(Math.min(after, DAYS - WEEK)) })
    spans.set(after, ready)
    return ready
  }
  return {
    over(days, after = 0) {
      const key = `${after} ${days}`
      const demand = demands.get(key) ?? spansAfter(after).over(days)
      demands.set(key, demand)
      return demand
    },
    times: (factor) =>
      salesOf(
        ahead.map((mean) => mean * factor),
        of,
      ),
    basis: spansAfter(0).basis,
    forecastDays: of.forecastDays,
  }
}
