/** Lines of plans as they are stored: what is ordered of a SKU of a store, and its arithmetic. */
import type { PlanReason, PlanStep } from '@shelfcast/contracts/planning'
import type { Reader } from './rows.ts'

/** As the table has it. */
export interface PlannedLineRow {
  store_id: string
  sku: string
  order_day: string
  supplier_id: string
  unit: 'each' | 'g' | 'ml'
  quantity: number
  reason: PlanReason
  expected_on: string | null
  cost: number | null
  origin: string
  model_version: string
  steps: PlanStep[]
}

type StoredRow = Omit<PlannedLineRow, 'steps'> & {
  'steps.step': string[]
  'steps.before': number[]
  'steps.after': number[]
  'steps.facts': string[]
}

/** Lines of a plan in the order of store and SKU; those that are given must hold. */
export async function readPlannedLines(
  read: Reader,
  plan: string,
  choice: {
    store_id?: string | undefined
    sku?: string | undefined
    /** Only these; all when left out. */
    skus?: readonly string[] | undefined
    supplier_id?: string | undefined
    reason?: string | undefined
    ordered?: 'yes' | 'no' | undefined
    /** Store and SKU after which they begin. */
    after?: { store_id: string; sku: string } | undefined
    limit: number
  },
): Promise<PlannedLineRow[]> {
  const {
    store_id = '',
    sku = '',
    skus = [],
    supplier_id = '',
    reason = '',
    ordered = '',
    after,
    limit,
  } = choice
  const rows = await read<StoredRow>(
    `
    select
        store_id,
        sku,
        order_day,
        supplier_id,
        unit,
        quantity,
        reason,
        expected_on,
        cost,
        origin,
        model_version,
        steps.step,
        steps.before,
        steps.after,
        steps.facts
    from planned_lines final
    where plan = {plan:String}
        and {store_id:String} in ('', store_id)
        and {sku:String} in ('', sku)
        and (empty({skus:Array(String)}) or has({skus:Array(String)}, sku))
        and {supplier_id:String} in ('', supplier_id)
        and {reason:String} in ('', reason)
        and {ordered:String} in ('', if(quantity > 0, 'yes', 'no'))
        and (store_id, sku) > ({after_store:String}, {after_sku:String})
    order by store_id, sku
    limit {limit:UInt32}`,
    {
      plan,
      store_id,
      sku,
      skus,
      supplier_id,
      reason,
      ordered,
      after_store: after?.store_id ?? '',
      after_sku: after?.sku ?? '',
      limit,
    },
  )
  return rows.map(fromStored)
}

/** As the table takes it. */
export function toStored({ steps, ...line }: PlannedLineRow): StoredRow {
  return {
    ...line,
    'steps.step': steps.map(({ step }) => step),
    'steps.before': steps.map(({ before }) => before),
    'steps.after': steps.map(({ after }) => after),
    'steps.facts': steps.map(({ facts }) => JSON.stringify(facts)),
  }
}

function fromStored(row: StoredRow): PlannedLineRow {
  const {
    'steps.step': names,
    'steps.before': before,
    'steps.after': after,
    'steps.facts': facts,
    ...line
  } = row
  return {
    ...line,
    steps: names.map((step, index) => ({
      step: step as PlanStep['step'],
      before: before[index]!,
      after: after[index]!,
      facts: JSON.parse(facts[index]!) as PlanStep['facts'],
    })),
  }
}
