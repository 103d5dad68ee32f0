/** Lots that will expire before they are sold, scored with the champion of the model slow-mover, and what to do. */

import { SLOW_MOVER_HEAD } from '@shelfcast/contracts/detection'
import type { Bundle } from '@shelfcast/inference/model/bundle'
import { type FeatureRow, readModelFeatures } from '@shelfcast/warehouse/model-features'
import { lastDay } from '@shelfcast/warehouse/queries/days'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import type { Job } from '../engine/job.ts'
import { loadChampion, parameterOf, scoreRows, withoutChampion } from '../models/champions.ts'
import { proposeMarkdown } from './markdown.ts'

export interface SlowMover {
  store_id: string
  sku: string
  lot: string
  expires_on: string
  probability: number
  on_hand: number
  expected_sales: number
  markdown_off: number
  saved_amount: number
}

export function findSlowMovers(): Job<'find-slow-movers'> {
  return {
    name: 'find-slow-movers',
    async run({ backends: { warehouse, champions }, now, signal }) {
      const champion = await champions.champion('slow-mover')
      const none = { lots: 0, slow_movers: 0, markdowns: 0, saved_minor_units: 0 }
      if (!champion) return { figures: none, shortfalls: [withoutChampion('slow-mover')] }
      const origin = await lastDay(readerOf(warehouse))
      if (origin === undefined)
        return {
          figures: none,
          shortfalls: ['The daily series are empty, so nothing was scored. Run the job build-features.'],
        }
      const bundle = await loadChampion('slow-mover', champion)
      try {
        const rows = await readModelFeatures(warehouse, 'slow-mover', { origins: [origin] })
        signal.throwIfAborted()
        const slowMovers = await slowMoversOf(bundle, rows)
        const stamp = { model_version: champion.version, found_at: now() }
        if (slowMovers.length > 0)
          await warehouse.insert({
            table: 'slow_movers',
            values: slowMovers.map((lot) => ({ ...lot, origin, ...stamp })),
            format: 'JSONEachRow',
            clickhouse_settings: { async_insert: 0 },
          })
        // Last: it says that what was found is there.
        await warehouse.insert({
          table: 'detection_runs',
          values: [
            { model: 'slow-mover', day: origin, rows: rows.length, found: slowMovers.length, ...stamp },
          ],
          format: 'JSONEachRow',
          clickhouse_settings: { async_insert: 0 },
        })
        const figures = {
          lots: rows.length,
          slow_movers: slowMovers.length,
          markdowns: slowMovers.filter(({ markdown_off }) => markdown_off > 0).length,
          saved_minor_units: slowMovers.reduce((sum, { saved_amount }) => sum + saved_amount, 0),
        }
        return { figures, shortfalls: [] }
      } finally {
        await bundle.release()
      }
    },
  }
}

/**
 * The lots that are likely to be thrown away in part. A markdown is for the SKU's stock up to the lot; what an earlier
 * lot saves by it is not told again.
 * @param rows of the model's features, in their order: of a SKU, the lot that expires first comes first
 */
export async function slowMoversOf(bundle: Bundle, rows: readonly FeatureRow[]): Promise<SlowMover[]> {
  const probabilities = await scoreRows(bundle, SLOW_MOVER_HEAD.name, rows)
  const threshold = parameterOf(bundle, SLOW_MOVER_HEAD.threshold)
  const savings = new Map<string, number>()
  return rows.flatMap((row, index) => {
    const probability = probabilities[index]!
    if (probability < threshold) return []
    const { store_id, sku } = row
    const number = (name: string) => Number(row[name])
    const stock = number('stock_units')
    const expected = number('expected_units')
    const { off, saved } = proposeMarkdown({
      stock,
      expected,
      price: number('price') * (1 - number('promotion')),
      elasticity: row.elasticity === null ? undefined : number('elasticity'),
    })
    const key = `${store_id} ${sku}`
    const earlierSaving = savings.get(key) ?? 0
    savings.set(key, Math.max(earlierSaving, saved))
    const lot = number('on_hand_units')
    return [
      {
        store_id: String(store_id),
        sku: String(sku),
        lot: String(row.lot),
        expires_on: String(row.expires_on),
        probability,
        on_hand: lot,
        // Those that expire earlier are sold first.
        expected_sales: Math.min(lot, Math.max(0, expected - (stock - lot))),
        markdown_off: off,
        saved_amount: Math.max(0, saved - earlierSaving),
      },
    ]
  })
}
