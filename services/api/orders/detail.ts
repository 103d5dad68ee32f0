/** An order with what its plan says of each line. */
import type { OrderDetail } from '@shelfcast/contracts/order-requests'
import { reasonWords, stepWords } from '@shelfcast/contracts/plan-words'
import type { Orders } from '@shelfcast/operational/orders'
import { type PlannedLineRow, readPlannedLines } from '@shelfcast/warehouse/queries/planned-lines'
import { readProductNames } from '@shelfcast/warehouse/queries/reference'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { fault } from '../http/errors.ts'
import { told } from '../http/refusals.ts'

export async function readOrderDetail(orders: Orders, read: Reader, id: number): Promise<OrderDetail> {
  const detail = await told(orders.byId(id))
  if (!detail) throw fault(404, 'unknown_order', `There is no order ${id}. GET /api/v1/orders lists them.`)
  const { order, lines } = detail
  const skus = lines.map(({ sku }) => sku)
  const [names, plans] = await Promise.all([
    orNothing(readProductNames(read, skus)),
    order.plan === null || skus.length === 0
      ? []
      : orNothing(readPlannedLines(read, order.plan, { store_id: order.store_id, skus, limit: skus.length })),
  ])
  const nameOf = new Map(names.map(({ sku, name }) => [sku, name]))
  const planOf = new Map(plans.map((row) => [row.sku, row]))
  return {
    ...detail,
    lines: lines.map((line) => {
      const row = planOf.get(line.sku)
      return { ...line, name: nameOf.get(line.sku) ?? null, why: row ? whyOf(row) : null }
    }),
  }
}

function whyOf(row: PlannedLineRow) {
  const { reason, quantity, steps, unit, model_version } = row
  return {
    reason,
    because: reasonWords(row),
    quantity,
    steps,
    words: steps.map((step) => stepWords(step, unit)),
    model_version,
  }
}

/** An order can be read, and decided on, while the warehouse is away. */
async function orNothing<Row>(rows: Promise<Row[]>): Promise<Row[]> {
  try {
    return await rows
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 503) return []
    throw error
  }
}
