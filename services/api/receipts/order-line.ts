/** A line of an order, as the operational store has it. */
import type { OrderState } from '@shelfcast/contracts/orders'
import { type Hop, type Proof, type ReceiptOf, receiptId } from '@shelfcast/contracts/receipts'
import type { Operational } from '@shelfcast/operational/client'
import { hopOf, linksOf, proofOf } from './hops.ts'

export interface OrderLineRow {
  purchase_order_id: string
  store_id: string
  supplier_id: string
  state: OrderState
  version: number
  order_on: string
  expected_on: string | null
  plan: string | null
  currency: string
  line_no: number
  sku: string
  quantity: number
  proposed: number
  received: number
  unit: string
  unit_cost: number
}

const LINES = `
    select
        orders.purchase_order_id,
        orders.store_id,
        orders.supplier_id,
        orders.state,
        orders.version,
        orders.order_on,
        orders.expected_on,
        orders.plan,
        orders.currency,
        order_lines.line_no,
        order_lines.sku,
        order_lines.quantity,
        order_lines.proposed,
        order_lines.received,
        order_lines.unit,
        order_lines.unit_cost
    from orders
    join order_lines on order_lines.order_id = orders.id`

export async function orderHop(
  operational: Operational,
  { store_id, purchase_order_id, line_no }: Omit<ReceiptOf<'order'>, 'kind'>,
): Promise<{ hop: Hop; line: OrderLineRow | undefined }> {
  const statement = `${LINES}
    where orders.store_id = $1 and orders.purchase_order_id = $2 and order_lines.line_no = $3`
  const values = [store_id, purchase_order_id, Number(line_no)]
  const [line]: OrderLineRow[] = await operational.query<OrderLineRow & Record<string, unknown>>(
    statement,
    values,
  )
  const proofs = [proofOf('operational', statement, { 1: store_id, 2: purchase_order_id, 3: line_no })]
  const parts = { store_id, purchase_order_id, line_no }
  if (!line) {
    const missing = `Store "${store_id}" has no order "${purchase_order_id}" with a line ${line_no}. GET /api/v1/orders lists the orders.`
    return { line, hop: hopOf('order', parts, { words: 'No line of an order.', proofs, missing }) }
  }
  const { plan, sku, quantity, proposed, unit } = line
  const change =
    plan !== null && quantity !== proposed ? `; the plan said ${proposed}, and a person changed it` : ''
  return {
    line,
    hop: hopOf('order', parts, {
      words: `Order ${purchase_order_id} of store ${store_id} asks ${line.supplier_id} for ${quantity} ${unit} of ${sku}${change}. It is ${line.state.replaceAll('_', ' ')}.`,
      figures: { ...line },
      links: linksOf(plan === null ? null : receiptId('plan', { plan, store_id, sku })),
      proofs,
      missing:
        plan === null
          ? 'A person wrote this order, so the thread ends here: its events say who, and why.'
          : null,
    }),
  }
}

/** Lines of orders that came of plans, of one SKU of one store. */
export async function linesOfPlans(
  operational: Operational,
  { store_id, sku, plans }: { store_id: string; sku: string; plans: string[] },
): Promise<{ lines: OrderLineRow[]; proof: Proof }> {
  const statement = `${LINES}
    where orders.store_id = $1 and order_lines.sku = $2 and orders.plan = any($3)
    order by orders.plan, orders.purchase_order_id, order_lines.line_no
    limit ${LINES_OF_PLANS}`
  const lines = await operational.query<OrderLineRow & Record<string, unknown>>(statement, [
    store_id,
    sku,
    plans,
  ])
  return { lines, proof: proofOf('operational', statement, { 1: store_id, 2: sku, 3: `{${plans}}` }) }
}

/** A plan has a SKU of a store in one order; a page of plans has few more. */
const LINES_OF_PLANS = 1_000
