/** One series: what was sold, what is forecast and why, and what had been forecast for the days that are over. */
import {
  type ForecastDay,
  type ForecastSeries,
  HISTORY_DAYS,
  type SeriesQuestion,
} from '@shelfcast/contracts/forecasts'
import type { Override } from '@shelfcast/contracts/overrides'
import { type Baseline, LAST_RESORT, REASONS } from '@shelfcast/contracts/training'
import { sentences, whyBaseline } from '@shelfcast/contracts/words'
import type { Overrides } from '@shelfcast/operational/overrides'
import { applyOverrides } from '@shelfcast/planning/overrides/apply-overrides'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { fault } from '../http/errors.ts'
import { keyOf, type ReadOverview } from './overview.ts'
import { served } from './served.ts'
import { rounded, unitOf } from './units.ts'

/** How long before a day it is looked at what was forecast for it. */
const LOOK_BACK_HORIZONS = [1, 7]

export interface SeriesSources {
  read: Reader
  overview: ReadOverview
  /** Share of the days inside the 80% interval in the backtest of a version; null where nobody knows. */
  coverageOf: (version: string) => Promise<number | null>
  /** Why the model does not serve; null where nobody knows. */
  trouble: () => Promise<string | null>
  overrides: Pick<Overrides, 'active'>
}

export function createForecastSeries({ read, overview, coverageOf, trouble, overrides }: SeriesSources) {
  return async ({ store_id, sku }: SeriesQuestion): Promise<ForecastSeries> => {
    const summary = (await overview()).byKey.get(keyOf(store_id, sku))
    if (!summary) {
      throw fault(
        404,
        'unknown_series',
        `There is no forecast of SKU "${sku}" in store "${store_id}". See /api/v1/forecasts for those that there are.`,
      )
    }
    const parameters = { store_id, sku, origin: summary.origin, days: HISTORY_DAYS }
    const isModel = summary.served_by === 'model'
    const [history, stored, past, coverage, because, active] = await Promise.all([
      readHistory(read, parameters),
      readForecast(read, parameters),
      readPast(read, parameters),
      isModel ? coverageOf(summary.model_version) : null,
      isModel ? null : trouble(),
      // A forecast is worth showing without them.
      overrides.active(summary.origin).catch(() => undefined),
    ])
    const scale = unitOf(stored[0]?.unit ?? 'each').scale
    return {
      ...summary,
      baseline_name: stored[0]?.baseline_name ?? '',
      served_because: isModel
        ? null
        : (because ?? whyBaseline(undefined, stored[0]?.baseline_name ?? LAST_RESORT)),
      coverage_80: coverage,
      history: history.map(({ day, units, stock_out, promotion }) => ({
        day,
        units: rounded(units),
        stock_out: stock_out === 1,
        promotion: promotion === 1,
      })),
      forecast: withOverrides(
        stored.map((row) => forecastDay(row, scale)),
        active ?? [],
        summary,
      ),
      overrides_known: active !== undefined,
      past: past.map(({ day, horizon, ...row }) => ({ day, horizon, ...scaled(row, scale) })),
    }
  }
}

/** Shows what planners changed: beside what was forecast, not in its place. */
function withOverrides(
  days: readonly ForecastDay[],
  active: readonly Override[],
  series: { store_id: string; sku: string; category: string; origin: string },
): ForecastDay[] {
  const { means, overrides } = applyOverrides(
    { ...series, means: days.map(({ mean }) => mean) },
    active,
    series.origin,
  )
  return days.map((day, at) => {
    const override = active.find(({ id }) => id === overrides[at])
    if (!override) return day
    const { id, actor, reason } = override
    return { ...day, override: { id, mean: rounded(means[at]!), actor, reason } }
  })
}

interface Stored {
  horizon: number
  day: string
  unit: string
  baseline_name: Baseline
  p10: number
  p50: number
  p90: number
  mean: number
  baseline: number
  base: number
  reasons: number[]
}

function forecastDay(row: Stored, scale: number): ForecastDay {
  const { horizon, day, unit, base, mean, reasons, p10, p50, p90, baseline } = row
  const isExplained = reasons.length === REASONS.length
  return {
    horizon,
    day,
    ...scaled({ p10, p50, p90, mean, baseline }, scale),
    base: isExplained ? rounded(base * scale) : null,
    reasons: isExplained
      ? REASONS.map((reason, at) => ({ reason, amount: rounded(reasons[at]! * scale) }))
      : [],
    words: isExplained ? sentences(reasons, { base, mean, unit, targetDate: day }) : [],
  }
}

function scaled<K extends string>(amounts: Record<K, number>, scale: number): Record<K, number> {
  const pairs = Object.entries<number>(amounts).map(([name, amount]) => [name, rounded(amount * scale)])
  return Object.fromEntries(pairs) as Record<K, number>
}

const readHistory = (read: Reader, parameters: Record<string, unknown>) =>
  read<{ day: string; units: number; stock_out: number; promotion: number }>(
    `
    select
        day,
        units,
        stock_out,
        promotion_off > 0 or promotion_kind != '' as promotion
    from series_daily final
    where store_id = {store_id:String}
        and sku = {sku:String}
        and day > {origin:Date} - {days:UInt16}
        and day <= {origin:Date}
    order by day`,
    parameters,
  )

const readForecast = (read: Reader, parameters: Record<string, unknown>) =>
  read<Stored>(
    `
    select
        horizon,
        target_date as day,
        unit,
        baseline_name,
        p10,
        p50,
        p90,
        mean,
        baseline,
        base,
        if(model_version like 'baseline:%', [], reasons) as reasons
    from ${served(['*'], 'store_id = {store_id:String} and sku = {sku:String} and origin = {origin:Date}')}
    order by horizon`,
    parameters,
  )

const readPast = (read: Reader, parameters: Record<string, unknown>) =>
  read<{ day: string; horizon: number; p10: number; p90: number; mean: number }>(
    `
    select target_date as day, horizon, p10, p90, mean
    from ${served(
      ['store_id', 'sku', 'origin', 'horizon', 'target_date', 'p10', 'p90', 'mean'],
      `store_id = {store_id:String}
            and sku = {sku:String}
            and horizon in {horizons:Array(UInt8)}
            and origin > {origin:Date} - {days:UInt16} - ${Math.max(...LOOK_BACK_HORIZONS)}
            and origin < {origin:Date}
            and target_date > {origin:Date} - {days:UInt16}
            and target_date <= {origin:Date}`,
    )}
    order by horizon, target_date`,
    { ...parameters, horizons: LOOK_BACK_HORIZONS },
  )
