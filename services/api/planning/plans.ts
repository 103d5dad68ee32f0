/** Plans, and what they say of each SKU of each store. */
import { reasonWords, stepWords } from '@shelfcast/contracts/plan-words'
import type { Plan, PlannedLine, PlannedLineFilter, PlannedLineList } from '@shelfcast/contracts/plans'
import { type PlannedLineRow, readPlannedLines } from '@shelfcast/warehouse/queries/planned-lines'
import { readProductNames } from '@shelfcast/warehouse/queries/reference'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { fault } from '../http/errors.ts'

const DEFAULT_LIMIT = 100

/** Newest first. */
export async function readPlans(read: Reader, limit: number): Promise<Plan[]> {
  const rows = await read<Omit<Plan, 'planned_at'> & { planned_ms: number }>(
    `
    select
        plan,
        order_day,
        origin,
        digest,
        series,
        lines,
        orders,
        amount,
        toUnixTimestamp64Milli(planned_at) as planned_ms
    from order_plans final
    order by planned_at desc
    limit {limit:UInt16}`,
    { limit },
  )
  return rows.map(({ planned_ms, ...plan }) => ({ ...plan, planned_at: new Date(planned_ms).toISOString() }))
}

/** @param name of the plan; `latest`: the newest */
async function planOf(read: Reader, name: string): Promise<Plan> {
  const plans = await readPlans(read, name === 'latest' ? 1 : 1_000)
  const plan = name === 'latest' ? plans[0] : plans.find((each) => each.plan === name)
  if (plan) return plan
  throw name === 'latest'
    ? fault(404, 'no_plan', 'Nothing has been planned yet. Plan: npm run jobs -- plan-orders')
    : fault(404, 'unknown_plan', `There is no plan "${name}". GET /api/v1/plans lists them.`)
}

export async function readLines(
  read: Reader,
  name: string,
  { after, limit = DEFAULT_LIMIT, ...filter }: PlannedLineFilter,
): Promise<PlannedLineList> {
  const plan = await planOf(read, name)
  const [rows, reasons] = await Promise.all([
    readPlannedLines(read, plan.plan, {
      ...filter,
      ...(after !== undefined && { after: placeOf(after) }),
      limit: limit + 1,
    }),
    readReasons(read, plan.plan, filter.store_id),
  ])
  const page = rows.slice(0, limit)
  const names = await readProductNames(read, [...new Set(page.map(({ sku }) => sku))])
  const nameOf = new Map(names.map(({ sku, name }) => [sku, name]))
  const last = page.at(-1)
  return {
    plan,
    lines: page.map((row) => lineOf(row, nameOf.get(row.sku) ?? row.sku)),
    reasons,
    next: rows.length > limit && last ? `${last.store_id}/${last.sku}` : null,
  }
}

function readReasons(read: Reader, plan: string, store_id = ''): Promise<PlannedLineList['reasons']> {
  return read(
    `
    select reason, count() as lines
    from planned_lines final
    where plan = {plan:String} and {store_id:String} in ('', store_id)
    group by reason
    order by lines desc, reason`,
    { plan, store_id },
  )
}

function placeOf(after: string): { store_id: string; sku: string } {
  const slash = after.indexOf('/')
  if (slash < 0)
    throw fault(
      400,
      'invalid_request',
      `after is "${after}", which no answer gave. Take \`next\` of the page before.`,
    )
  return { store_id: after.slice(0, slash), sku: after.slice(slash + 1) }
}

/** Cost is of a kilogram or litre where the unit is grams or millilitres. */
const UNITS_OF_COST = { each: 1, g: 1_000, ml: 1_000 } as const

function lineOf(row: PlannedLineRow, name: string): PlannedLine {
  const { cost, ...line } = row
  return {
    ...line,
    name,
    amount: cost === null ? null : Math.round((row.quantity * cost) / UNITS_OF_COST[row.unit]),
    because: reasonWords(row),
    words: row.steps.map((step) => stepWords(step, row.unit)),
  }
}
