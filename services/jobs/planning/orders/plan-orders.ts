/** Orders of all stores for the day that comes, with their reasons: drafts for a planner to look at. */
import { createHash } from 'node:crypto'
import type { OrderProposal } from '@shelfcast/contracts/orders'
import { createOrders } from '@shelfcast/operational/orders'
import { createSettings } from '@shelfcast/operational/planning-settings'
import { amountOf } from '@shelfcast/planning/replenishment/model'
import { readerOf, rowsOf } from '@shelfcast/warehouse/queries/rows'
import type { Backends } from '../../backends.ts'
import type { Job } from '../../engine/job.ts'
import { workInLanes } from '../../engine/lanes.ts'
import { readContext } from './context.ts'
import type { LaneData } from './lane.ts'
import { linesUnheardOf } from './open-orders.ts'
import { type PlanningStore, readStores } from './reference.ts'
import { planSlice, type Slice, type SliceResult } from './slice.ts'
import type { PlanningContext } from './store-plan.ts'
import { momentOf } from './terms.ts'

/** As many series in one go: their rows and lines are some 100 MB. */
const SLICE_SERIES = 25_000
const PLANNER = 'plan-orders'

export interface PlanOptions {
  signal: AbortSignal
  /** Also where these forecasts are planned already. */
  force: boolean
  /** Of a slice; what fits into memory when left out. */
  sliceSeries?: number
  onProgress?: ((done: number, of: number) => void) | undefined
}

export interface Planned {
  plan: string
  /** False where it was there already. */
  isNew: boolean
  series: number
  lines: number
  orders: number
  /** Minor units at cost. */
  amount: number
  added: number
  left_to_people: number
  shortfalls: string[]
}

/** @returns undefined when there are no forecasts */
export async function planOrders(
  backends: Pick<Backends, 'warehouse' | 'server' | 'operational' | 'registry'>,
  options: PlanOptions,
): Promise<Planned | undefined> {
  const { warehouse, server, operational } = backends
  const read = readerOf(warehouse)
  const orders = createOrders(operational)
  const origin = await newestOrigin(backends)
  if (origin === undefined) return undefined
  const [stores, { settings, version }] = await Promise.all([
    readStores(read),
    createSettings(operational).current(),
  ])
  const orderDay = stores.map((store) => momentOf(store, origin).today).sort()[0]
  if (orderDay === undefined) return undefined
  const before = await newestPlan(backends, { origin, order_day: orderDay })
  if (before && !options.force)
    return { ...before, isNew: false, added: 0, left_to_people: 0, shortfalls: [] }

  const { context, shortfalls } = await readContext(backends, { origin, settings })
  const approved = await linesUnheardOf(read, await orders.open())
  const plan = `${orderDay}.${Date.now().toString(36)}`
  const slices = slicesOf(await seriesOfStores(backends, origin), stores, options.sliceSeries).map(
    (own): Slice => {
      const ids = new Set(own.map(({ store_id }) => store_id))
      return { plan, stores: own, approved: approved.filter(({ store_id }) => ids.has(store_id)) }
    },
  )
  const results = await planSlices(slices, { warehouse, server, context, options })

  const proposals = results
    .flatMap((result) => result.proposals)
    .sort((one, other) => compare(keyOf(one), keyOf(other)))
  const figures = await orders.propose({ plan, order_day: orderDay, actor: PLANNER, proposals })
  const sum = (of: (result: SliceResult) => number) =>
    results.reduce((total, result) => total + of(result), 0)
  const planned = {
    plan,
    series: sum(({ series }) => series),
    lines: proposals.reduce((total, { lines }) => total + lines.length, 0),
    orders: proposals.length,
    amount: proposals.reduce((total, proposal) => total + costOfOrder(proposal), 0),
  }
  // Last: it says that all of the plan is there.
  await warehouse.insert({
    table: 'order_plans',
    values: [
      {
        ...planned,
        order_day: orderDay,
        origin,
        digest: digestOf(results, { origin, version, context }),
      },
    ],
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  })
  return {
    ...planned,
    isNew: true,
    added: figures.created,
    left_to_people: figures.kept,
    shortfalls: [...shortfalls, ...shortfallsOf(results)],
  }
}

async function planSlices(
  slices: readonly Slice[],
  {
    warehouse,
    server,
    context,
    options,
  }: Pick<Backends, 'warehouse' | 'server'> & { context: PlanningContext; options: PlanOptions },
): Promise<SliceResult[]> {
  if (slices.length === 1) return [await planSlice(warehouse, slices[0]!, context)]
  return workInLanes<Slice, SliceResult>(slices, {
    module: new URL('./lane.ts', import.meta.url),
    data: { server, context } satisfies LaneData,
    signal: options.signal,
    onProgress: options.onProgress,
  })
}

/** Of the forecasts that are there as a whole. */
async function newestOrigin({ warehouse }: Pick<Backends, 'warehouse'>): Promise<string | undefined> {
  const [row] = await rowsOf<{ origin: string }>(
    warehouse,
    'select toString(max(forecast_scorings.origin)) as origin from forecast_scorings having count() > 0',
  )
  return row?.origin
}

type PlanFigures = Pick<Planned, 'plan' | 'series' | 'lines' | 'orders' | 'amount'>

/** Made of the newest forecasts of the origin. */
async function newestPlan(
  { warehouse }: Pick<Backends, 'warehouse'>,
  { origin, order_day }: { origin: string; order_day: string },
): Promise<PlanFigures | undefined> {
  const [row] = await rowsOf<PlanFigures>(
    warehouse,
    `
    select plan, series, lines, orders, amount
    from order_plans final
    where origin = {origin:Date}
        and order_day = {order_day:Date}
        and planned_at > (select max(scored_at) from forecast_scorings where origin = {origin:Date})
    order by planned_at desc
    limit 1`,
    { origin, order_day },
  )
  return row
}

/** By store: what is forecast, or was ever moved. */
async function seriesOfStores(
  { warehouse }: Pick<Backends, 'warehouse'>,
  origin: string,
): Promise<Map<string, number>> {
  const rows = await rowsOf<{ store_id: string; series: number }>(
    warehouse,
    `
    select store_id, count() as series
    from fact_forecast
    where served and origin = {origin:Date} and horizon = 1
    group by store_id`,
    { origin },
  )
  return new Map(rows.map(({ store_id, series }) => [store_id, series]))
}

function slicesOf(
  series: ReadonlyMap<string, number>,
  stores: readonly PlanningStore[],
  most = SLICE_SERIES,
): PlanningStore[][] {
  const slices: PlanningStore[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const store of stores) {
    const own = series.get(store.store_id) ?? 1
    if (size + own > most) {
      slices.push([])
      size = 0
    }
    slices.at(-1)!.push(store)
    size += own
  }
  return slices
}

const costOfOrder = ({ lines }: OrderProposal): number =>
  lines.reduce((sum, { quantity, unit, unit_cost }) => sum + amountOf(quantity, unit, unit_cost), 0)

function digestOf(
  results: readonly SliceResult[],
  { origin, version, context }: { origin: string; version: number; context: PlanningContext },
): string {
  const { settings, products, suppliers, lead_days, abc, sums } = context
  const shared = [origin, version, settings, [...products], [...suppliers], [...lead_days], [...abc], sums]
  const stores = results.flatMap(({ digests }) => digests).sort(([one], [other]) => compare(one, other))
  return createHash('sha256')
    .update(JSON.stringify([shared, stores]))
    .digest('hex')
}

const compare = (one: string, other: string) => (one < other ? -1 : Number(one > other))
const keyOf = ({ store_id, supplier_id }: OrderProposal) => `${store_id} ${supplier_id}`

/** What is not known has a rule; that it was needed is told. */
function shortfallsOf(results: readonly SliceResult[]): string[] {
  const lines = (reason: string) => results.reduce((sum, { reasons }) => sum + (reasons[reason] ?? 0), 0)
  const sentences: [number, string][] = [
    [lines('no_forecast'), 'have no forecast, so nothing is ordered of them. Run the job score.'],
    [lines('no_supplier'), 'have no supplier that anybody has told of. Tell it with the products.'],
    [lines('no_order_days'), 'have a supplier without days of orders. Tell them with the suppliers.'],
    [lines('no_room'), 'did not fit into their store.'],
    [lines('no_budget'), 'gave way to the budget of their store.'],
  ]
  return sentences.flatMap(([count, text]) =>
    count > 0 ? [`${count} SKU${count === 1 ? '' : 's'} of stores ${text}`] : [],
  )
}

export function planOrdersJob(): Job<'plan-orders'> {
  return {
    name: 'plan-orders',
    async run({ backends, parameters, progress, signal }) {
      progress({ step: 'Orders' })
      const planned = await planOrders(backends, {
        signal,
        force: parameters.force,
        onProgress: (done, total) => progress({ step: 'Orders', done, total }),
      })
      if (!planned)
        return {
          figures: { series: 0, lines: 0, orders: 0 },
          shortfalls: ['There are no forecasts yet, so nothing can be planned. Run the job score.'],
        }
      const { plan, isNew, shortfalls, amount, ...figures } = planned
      return {
        figures: { ...figures, amount_minor_units: amount, is_new: Number(isNew) },
        shortfalls,
        detail: { plan },
      }
    },
  }
}
