/** Forward from a day of a series: the plans whose forecasts read it, and the orders that came of them. */
import { isDate } from '@shelfcast/contracts/dates'
import { type Hop, type HopRow, type ReceiptOf, receiptId } from '@shelfcast/contracts/receipts'
import type { Operational } from '@shelfcast/operational/client'
import { reasonOf } from '../http/errors.ts'
import { bounded } from '../read/bounded.ts'
import { badMark, hopOf, type Page, type Prove, pageOf, STORE_LIMIT_MS } from './hops.ts'
import { linesOfPlans, type OrderLineRow } from './order-line.ts'
import { WINDOW_DAYS } from './reach.ts'

interface PlannedRow {
  plan: string
  origin: string
  order_day: string
  model_version: string
  quantity: number
  unit: string
  reason: string
  expected_on: string | null
}

export async function ordersHop(
  { prove, operational }: { prove: Prove; operational: Operational },
  { store_id, sku, day }: Omit<ReceiptOf<'orders'>, 'kind'>,
  { limit, after }: Page,
): Promise<Hop> {
  const parts = { store_id, sku, day }
  const mark = after === undefined ? undefined : parseMark(after)
  const { rows, proof } = await prove<PlannedRow>(
    `
    select plan, origin, order_day, model_version, quantity, unit, reason, expected_on
    from
    (
        select *
        from planned_lines
        where plan in
            (
                select plan
                from order_plans
                where origin >= {day:Date} and origin < {day:Date} + ${WINDOW_DAYS}
            )
            and store_id = {store_id:String}
            and sku = {sku:String}
            and origin >= {day:Date}
            and origin < {day:Date} + ${WINDOW_DAYS}
        order by planned_at desc
        limit 1 by plan
    )${mark ? '\n    where (origin, plan) > ({after_origin:Date}, {after_plan:String})' : ''}
    order by origin, plan
    limit {limit:UInt32}`,
    { ...parts, limit: limit + 1, ...mark },
  )
  const { page, isMore } = pageOf(rows, limit)
  const orders = await orderLines(operational, page, parts)
  const linesByPlan = Map.groupBy(orders.lines, ({ plan }) => plan)
  const last = page.at(-1)
  const count = page.filter(({ quantity }) => quantity > 0).length
  return hopOf('orders', parts, {
    words:
      page.length === 0
        ? `No plan has used a forecast of ${sku} in store ${store_id} that read ${day}.`
        : `${page.length} plans used forecasts that read ${day}: ${count} of them order ${sku} for store ${store_id}, in ${orders.lines.length} lines of orders.`,
    rows: page.flatMap(({ plan, ...row }): HopRow[] => [
      { id: receiptId('plan', { plan, store_id, sku }), figures: { plan, ...row } },
      ...(linesByPlan.get(plan) ?? []).map(({ purchase_order_id, line_no, ...line }) => ({
        id: receiptId('order', { store_id, purchase_order_id, line_no }),
        figures: {
          purchase_order_id,
          line_no,
          plan,
          state: line.state,
          quantity: line.quantity,
          proposed: line.proposed,
          received: line.received,
          expected_on: line.expected_on,
        },
      })),
    ]),
    next: isMore ? `${last!.origin}~${last!.plan}` : null,
    proofs: [proof, ...orders.proofs],
    missing: orders.missing,
  })
}

/** An operational store that is away leaves the plans as they are. */
async function orderLines(
  operational: Operational,
  plans: readonly PlannedRow[],
  parts: { store_id: string; sku: string },
): Promise<{ lines: OrderLineRow[]; proofs: Hop['proofs']; missing: string | null }> {
  if (plans.length === 0) return { lines: [], proofs: [], missing: null }
  try {
    const question = { ...parts, plans: plans.map(({ plan }) => plan) }
    const { lines, proof } = await bounded(STORE_LIMIT_MS, () => linesOfPlans(operational, question))()
    return { lines, proofs: [proof], missing: null }
  } catch (error) {
    return {
      lines: [],
      proofs: [],
      missing: `The operational store did not answer, so the orders of these plans are not told: ${reasonOf(error)}. Start it, then ask again.`,
    }
  }
}

const MARK = /^(\d{4}-\d{2}-\d{2})~([A-Za-z0-9][A-Za-z0-9._:-]{0,63})$/

function parseMark(after: string) {
  const match = MARK.exec(after)
  if (!match || !isDate(match[1]!)) throw badMark(after)
  return { after_origin: match[1]!, after_plan: match[2]! }
}
