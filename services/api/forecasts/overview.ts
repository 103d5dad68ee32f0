/** All series with a forecast, one row each: what the list is filtered, sorted and counted from. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ForecastSummary } from '@shelfcast/contracts/forecasts'
import { REASONS, type Reason } from '@shelfcast/contracts/training'
import { FORECAST_TABLE } from '@shelfcast/contracts/warehouse'
import { type ProductName, readProductNames } from '@shelfcast/warehouse/queries/reference'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { recent } from '../read/recent.ts'
import type { Stores } from '../read/stores.ts'
import { served } from './served.ts'
import { rounded, unitOf } from './units.ts'

/** How often it is looked whether there are newer forecasts, which takes some milliseconds. */
const LOOK_MS = 1_000
/** Stock and sales go on while the forecasts stay: rows older than this are made anew, and nobody waits for it. */
const FRESH_MS = 60_000
/** A page shows the forecasts of before rather than nothing while newer ones take longer than this to be read. */
const NEWER_MS = 500
const BASELINE_PREFIX = 'baseline:'
/** They say what a series is, and would be the largest of nearly all. */
const STANDING_REASONS = new Set<Reason>(['recent sales', 'store'])

export type SeriesRow = Omit<ForecastSummary, 'history' | 'forecast'>

/** Newest origin of each store. Empty: nothing has been forecast. */
export type Origins = Map<string, string>

export interface Overview {
  rows: SeriesRow[]
  byKey: Map<string, SeriesRow>
  origins: Origins
}

export type ReadOverview = () => Promise<Overview>

export const keyOf = (storeId: string, sku: string): string => `${storeId}\n${sku}`

/** Whoever asks waits for newer forecasts, for a moment where there are older ones, and for nothing else. */
export function createOverview(read: Reader, stores: Stores): ReadOverview {
  const look = recent(LOOK_MS, () => readOrigins(read))
  let cache: { overview: Overview; mark: string; at: number } | undefined
  let loading: { mark: string; result: Promise<Overview> } | undefined

  function load(origins: Origins, mark: string): Promise<Overview> {
    if (loading?.mark === mark) return loading.result
    const result = readOverview(read, stores, origins).then((overview) => {
      cache = { overview, mark, at: performance.now() }
      return overview
    })
    const entry = { mark, result }
    loading = entry
    const clear = () => {
      if (loading === entry) loading = undefined
    }
    result.then(clear, clear)
    return result
  }

  return async () => {
    const { origins, mark } = await look()
    if (!cache) return load(origins, mark)
    const { overview } = cache
    if (cache.mark !== mark) {
      const newer = load(origins, mark)
      // What fails after that is told to the next who has to wait.
      newer.catch(() => undefined)
      return Promise.race([newer, delay(NEWER_MS, overview, { ref: false })])
    }
    if (performance.now() - cache.at > FRESH_MS) load(origins, mark).catch(() => undefined)
    return overview
  }
}

async function readOverview(read: Reader, stores: Stores, origins: Origins): Promise<Overview> {
  if (origins.size === 0) return { rows: [], byKey: new Map(), origins }
  const [forecasts, sales, products, stock, storeNames] = await Promise.all([
    readForecasts(read, origins),
    readSold(read, origins),
    readProducts(read),
    readStock(read),
    stores(),
  ])
  const rows = forecasts.map((forecast): SeriesRow => {
    const { store_id, sku } = forecast
    const key = keyOf(store_id, sku)
    const { unit, scale } = unitOf(forecast.unit)
    const product = products.get(sku)
    const last = rounded(sales.get(key) ?? 0)
    const next = rounded(forecast.next_7 * scale)
    const stored = stock.get(key)
    const onHand = stored === undefined ? null : rounded(stored * scale)
    return {
      store_id,
      sku,
      unit,
      origin: forecast.origin,
      store_name: storeNames.get(store_id)?.name ?? store_id,
      name: product?.name ?? sku,
      category: product?.category ?? '',
      next_7: next,
      next_28: rounded(forecast.next_28 * scale),
      last_7: last,
      change: last > 0 ? rounded(next / last - 1) : null,
      on_hand: onHand,
      days_of_cover: onHand === null || next <= 0 ? null : rounded((Math.max(0, onHand) * 7) / next),
      main_reason: mainReason(forecast.reasons, scale),
      ...servedBy(forecast.model_version),
    }
  })
  return { rows, byKey: new Map(rows.map((row) => [keyOf(row.store_id, row.sku), row])), origins }
}

export function servedBy(version: string): Pick<SeriesRow, 'served_by' | 'model_version'> {
  return version.startsWith(BASELINE_PREFIX)
    ? { served_by: 'baseline', model_version: version.slice(BASELINE_PREFIX.length) }
    : { served_by: 'model', model_version: version }
}

/** @param reasons sums in the order of REASONS; empty for a baseline */
function mainReason(reasons: readonly number[], scale: number): SeriesRow['main_reason'] {
  let main: SeriesRow['main_reason'] = null
  for (const [at, reason] of REASONS.entries()) {
    const amount = rounded((reasons[at] ?? 0) * scale)
    if (amount === 0 || STANDING_REASONS.has(reason)) continue
    if (main === null || Math.abs(amount) > Math.abs(main.amount)) main = { reason, amount }
  }
  return main
}

/** @returns with a mark that changes when anything newer is stored */
async function readOrigins(read: Reader): Promise<{ origins: Origins; mark: string }> {
  const rows = await read<{ store_id: string; origin: string; made_at: string }>(`
    select store_id, max(origin) as origin, toString(max(made_at)) as made_at
    from ${FORECAST_TABLE}
    where served
    group by store_id
    order by store_id`)
  return {
    origins: new Map(rows.map(({ store_id, origin }) => [store_id, origin])),
    mark: JSON.stringify(rows),
  }
}

/** The origin of a row's store, in SQL; far in the past for a store without forecasts. */
export const ORIGIN_OF_STORE =
  "transform(store_id, {stores:Array(String)}, {origins:Array(Date)}, toDate('1970-01-01'))"
export const originParameters = (origins: Origins) => ({
  stores: [...origins.keys()],
  origins: [...origins.values()],
  /** Read first: it spares the other columns of most rows. */
  least: [...origins.values()].sort()[0] ?? '1970-01-01',
})

interface ForecastRow {
  store_id: string
  sku: string
  origin: string
  unit: string
  model_version: string
  next_7: number
  next_28: number
  reasons: number[]
}

const readForecasts = (read: Reader, origins: Origins) =>
  read<ForecastRow>(
    `
    select
        store_id,
        sku,
        any(forecasts.origin) as origin,
        any(unit) as unit,
        any(model_version) as model_version,
        sumIf(mean, horizon <= 7) as next_7,
        sum(mean) as next_28,
        sumForEachIf(reasons, horizon <= 7) as reasons
    from ${served(
      ['store_id', 'sku', 'origin', 'horizon', 'unit', 'model_version', 'mean', 'reasons'],
      `origin >= {least:Date} and origin = ${ORIGIN_OF_STORE}`,
    )}
    group by store_id, sku
    order by store_id, sku`,
    originParameters(origins),
  )

async function readSold(read: Reader, origins: Origins): Promise<Map<string, number>> {
  const rows = await read<{ store_id: string; sku: string; units: number }>(
    `
    select store_id, sku, sum(series_daily.units) as units
    from series_daily final
    prewhere day > {least:Date} - 7
    where day > ${ORIGIN_OF_STORE} - 7 and day <= ${ORIGIN_OF_STORE}
    group by store_id, sku`,
    originParameters(origins),
  )
  return new Map(rows.map(({ store_id, sku, units }) => [keyOf(store_id, sku), units]))
}

async function readProducts(read: Reader): Promise<Map<string, ProductName>> {
  return new Map((await readProductNames(read)).map((product) => [product.sku, product]))
}

async function readStock(read: Reader): Promise<Map<string, number>> {
  const rows = await read<{ store_id: string; sku: string; on_hand: number }>(
    'select store_id, sku, on_hand from stock_overview',
  )
  return new Map(rows.map(({ store_id, sku, on_hand }) => [keyOf(store_id, sku), on_hand]))
}
