/** A line of a plan: how much of a SKU a store orders, and the arithmetic. */
import { type Hop, type ReceiptOf, receiptId } from '@shelfcast/contracts/receipts'
import { hopOf, instantOf, linksOf, type Prove } from './hops.ts'

export interface PlanLine {
  order_day: string
  supplier_id: string
  unit: string
  quantity: number
  reason: string
  expected_on: string | null
  cost: number | null
  origin: string
  model_version: string
  planned_at: string
}

interface Row extends PlanLine {
  step: string[]
  before: number[]
  after: number[]
  facts: string[]
}

export async function planHop(
  prove: Prove,
  { plan, store_id, sku }: Omit<ReceiptOf<'plan'>, 'kind'>,
): Promise<{ hop: Hop; line: PlanLine | undefined }> {
  const { rows, proof } = await prove<Row>(
    `
    select
        order_day,
        supplier_id,
        unit,
        quantity,
        reason,
        expected_on,
        cost,
        origin,
        model_version,
        steps.step as step,
        steps.before as before,
        steps.after as after,
        steps.facts as facts,
        planned_at
    from planned_lines
    where plan = {plan:String} and store_id = {store_id:String} and sku = {sku:String}
    order by planned_at desc
    limit 1`,
    { plan, store_id, sku },
  )
  const [row] = rows
  const parts = { plan, store_id, sku }
  if (!row) {
    const missing = `The warehouse has no line of SKU "${sku}" in store "${store_id}" in plan "${plan}": it was never made, or its retention has ended (npm run retention).`
    return {
      hop: hopOf('plan', parts, { words: 'No line of a plan.', proofs: [proof], missing }),
      line: undefined,
    }
  }
  const { step, before, after, facts, ...line } = row
  const { origin, model_version } = line
  const forecast =
    model_version === '' ? null : receiptId('forecast', { store_id, sku, origin, model_version })
  return {
    line,
    hop: hopOf('plan', parts, {
      words: `Plan ${plan} ${line.quantity === 0 ? 'orders nothing' : `orders ${line.quantity} ${line.unit}`} of ${sku} for store ${store_id}: ${line.reason}.`,
      figures: { ...line, planned_at: instantOf(line.planned_at) },
      rows: step.map((name, index) => ({
        id: null,
        figures: {
          step: name,
          before: before[index]!,
          after: after[index]!,
          facts: facts[index]!,
        },
      })),
      links: linksOf(forecast),
      proofs: [proof],
      missing:
        model_version === ''
          ? 'The series had no forecast when it was planned, so the thread ends here: see its reason.'
          : null,
    }),
  }
}
