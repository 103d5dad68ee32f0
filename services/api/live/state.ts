/** What the Live page shows. */

import type { LiveState } from '@shelfcast/contracts/api'
import { FACT_TABLE } from '@shelfcast/contracts/warehouse'
import type { StoreName } from '@shelfcast/warehouse/queries/reference'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import type { LatestBasketsOf } from '../baskets/latest.ts'
import type { ReadLatency } from '../pipeline/latency.ts'
import { recent } from '../read/recent.ts'
import type { Stores } from '../read/stores.ts'
import { createProducts } from './products.ts'
import { type BucketRow, readBuckets, readStores, readTopSkus } from './pulse.ts'
import { BUCKET_S, BUCKETS, figuresBetween, fillSeries, SPARKS, windowStart } from './series.ts'

export type Live = () => Promise<LiveState>

const LATEST_BASKETS = 12
const MAX_AGE_MS = 500
/** ISO 4217: no currency. */
const NO_CURRENCY = 'XXX'

export function createLive(options: {
  read: Reader
  stores: Stores
  latestBaskets: LatestBasketsOf
  latency: ReadLatency
  /** Milliseconds since 1970. */
  now?: () => number
}): Live {
  const { read, now = Date.now } = options
  const productsOf = createProducts(read)

  return recent(MAX_AGE_MS, async () => {
    const at = now() / 1_000
    const from = windowStart(at)
    const window = { from, to: from + BUCKETS * BUCKET_S }
    const [buckets, storeRows, skuRows, names, latest_baskets, latency, [total]] = await Promise.all([
      readBuckets(read, window),
      readStores(read, window),
      readTopSkus(read, window),
      options.stores(),
      options.latestBaskets(LATEST_BASKETS),
      options.latency(),
      read<{ lines: number }>(`select count() as lines from ${FACT_TABLE['sales-transactions']}`),
    ])

    const currency = mainCurrency(buckets, latest_baskets[0]?.currency, names)
    const inCurrency = <T extends { currency: string }>(rows: T[]) =>
      rows.filter((row) => row.currency === currency)
    const skus = inCurrency(skuRows)
    const products = await productsOf(skus.map(({ sku }) => sku))
    const series = fillSeries(from, inCurrency(buckets))

    return {
      at: new Date(at * 1_000).toISOString(),
      currency,
      other_currencies: otherCurrencies(buckets, currency),
      last_minute: figuresBetween(series, at - 60, at, at),
      minute_before: figuresBetween(series, at - 120, at - 60, at),
      series: series.map(({ at: bucket, ...figures }) => ({
        bucket: new Date(bucket * 1_000).toISOString(),
        ...figures,
      })),
      stores: inCurrency(storeRows).map(({ store_id, baskets, pieces, net_amount, positions, amounts }) => ({
        store_id,
        name: names.get(store_id)?.name ?? store_id,
        net_amount,
        baskets,
        pieces,
        spark: spread(positions, amounts),
      })),
      top_skus: skus.map(({ sku, pieces, net_amount }) => ({
        sku,
        name: products.get(sku)?.name ?? sku,
        category: products.get(sku)?.category ?? '',
        pieces,
        net_amount,
      })),
      latest_baskets,
      latency,
      newest_event_time: newestEventTime(latest_baskets),
      lines_total: total?.lines ?? 0,
    }
  })
}

/** Of most baskets of the window; in a quiet half hour that of the newest basket, or of most stores. */
function mainCurrency(
  buckets: BucketRow[],
  newest: string | undefined,
  stores: Map<string, StoreName>,
): string {
  const inWindow = mostOf(buckets.map((row) => [row.currency, row.baskets]))
  return inWindow ?? newest ?? mostOf([...stores.values()].map((store) => [store.currency, 1])) ?? NO_CURRENCY
}

function mostOf(counts: [currency: string, count: number][]): string | undefined {
  return [...totals(counts)].toSorted(([a, x], [b, y]) => y - x || a.localeCompare(b))[0]?.[0]
}

function otherCurrencies(buckets: BucketRow[], main: string): LiveState['other_currencies'] {
  return [...totals(buckets.map((row) => [row.currency, row.net_amount]))]
    .filter(([currency]) => currency !== main)
    .map(([currency, amount]) => ({ currency, amount }))
    .toSorted((a, b) => a.currency.localeCompare(b.currency))
}

function totals(amounts: [key: string, amount: number][]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const [key, amount] of amounts) sums.set(key, (sums.get(key) ?? 0) + amount)
  return sums
}

function spread(positions: number[], amounts: number[]): number[] {
  const spark = new Array<number>(SPARKS).fill(0)
  positions.forEach((position, index) => {
    spark[position] = amounts[index]!
  })
  return spark
}

/** The newest by store time among the baskets that arrived last: stores send at about the same time, not in order. */
function newestEventTime(baskets: LiveState['latest_baskets']): string | null {
  return baskets.reduce<string | null>(
    (newest, { event_time }) => (newest === null || event_time > newest ? event_time : newest),
    null,
  )
}
