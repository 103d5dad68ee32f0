/** Lines that a person changes: those of the order as they are, and new ones by the reference data. */
import type { DraftLine } from '@shelfcast/operational/order-changes'
import type { Orders } from '@shelfcast/operational/orders'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { fault } from '../http/errors.ts'
import { told } from '../http/refusals.ts'
import { type LineRequest, resolveLines } from './reference.ts'

export async function changedLines(
  orders: Orders,
  read: Reader,
  id: number,
  lines: readonly LineRequest[],
): Promise<DraftLine[]> {
  const detail = await told(orders.byId(id))
  if (!detail) throw fault(404, 'unknown_order', `There is no order ${id}. GET /api/v1/orders lists them.`)
  const lineOf = new Map(detail.lines.map((line) => [line.sku, line]))
  const added = lines.filter(({ sku }) => !lineOf.has(sku))
  const drafts = added.length === 0 ? [] : await resolveLines(read, detail.order.supplier_id, added)
  const draftOf = new Map(drafts.map((draft) => [draft.sku, draft]))
  return lines.map(({ sku, quantity, unit_cost }) => {
    const line = lineOf.get(sku) ?? draftOf.get(sku)!
    return { sku, quantity, unit: line.unit, unit_cost: unit_cost ?? line.unit_cost }
  })
}
