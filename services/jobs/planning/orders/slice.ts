/** The stores of a slice, planned and stored. */
import { createHash } from 'node:crypto'
import type { OrderProposal } from '@shelfcast/contracts/orders'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { toStored } from '@shelfcast/warehouse/queries/planned-lines'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import type { ApprovedLine } from './open-orders.ts'
import type { PlanningStore } from './reference.ts'
import { type OpenLine, readSeries, type SeriesRow } from './series.ts'
import { type PlanningContext, planOfStore } from './store-plan.ts'

export interface Slice {
  plan: string
  stores: readonly PlanningStore[]
  /** Of these stores. */
  approved: readonly ApprovedLine[]
}

export interface SliceResult {
  series: number
  /** By reason. */
  reasons: Record<string, number>
  proposals: OrderProposal[]
  /** SHA-256 of what was read of each store, by its id. */
  digests: [store_id: string, digest: string][]
}

export async function planSlice(
  warehouse: Warehouse,
  { plan, stores, approved }: Slice,
  context: PlanningContext,
): Promise<SliceResult> {
  const rows = await readSeries(readerOf(warehouse), {
    origin: context.origin,
    stores: stores.map(({ store_id }) => store_id),
  })
  const rowsByStore = Map.groupBy(rows, ({ store_id }) => store_id)
  const approvedByStore = Map.groupBy(approved, ({ store_id }) => store_id)
  const result: SliceResult = { series: 0, reasons: {}, proposals: [], digests: [] }
  for (const store of stores) {
    const own = rowsByStore.get(store.store_id) ?? []
    const onTheWay: Map<string, OpenLine[]> = Map.groupBy(
      approvedByStore.get(store.store_id) ?? [],
      ({ sku }) => sku,
    )
    const { lines, proposals } = planOfStore(store, own, onTheWay, context)
    result.digests.push([store.store_id, digestOf(store, own, onTheWay)])
    result.series += lines.length
    result.proposals.push(...proposals)
    for (const { reason } of lines) result.reasons[reason] = (result.reasons[reason] ?? 0) + 1
    if (lines.length > 0)
      await warehouse.insert({
        table: 'planned_lines',
        values: lines.map((line) => ({ plan, ...toStored(line) })),
        format: 'JSONEachRow',
        clickhouse_settings: { async_insert: 0, insert_deduplication_token: `${plan} ${store.store_id}` },
      })
  }
  return result
}

function digestOf(
  store: PlanningStore,
  rows: readonly SeriesRow[],
  approved: ReadonlyMap<string, OpenLine[]>,
): string {
  const hash = createHash('sha256').update(JSON.stringify([store, [...approved]]))
  for (const row of rows) hash.update(JSON.stringify(row))
  return hash.digest('hex')
}
