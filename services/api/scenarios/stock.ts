/** Stock and orders of the series that are compared, under the base and under each scenario. */
import type { SumBand } from '@shelfcast/contracts/manifest'
import type { AbcClass, PlanningSettings } from '@shelfcast/contracts/planning'
import type { RescoreAnswer } from '@shelfcast/contracts/rescoring'
import type { Scenario, ScenarioStock } from '@shelfcast/contracts/scenarios'
import { leadTimeOf } from '@shelfcast/planning/demand/lead-time'
import { abcClasses } from '@shelfcast/planning/replenishment/abc'
import {
  amountOf,
  type NoOrder,
  type SeriesInput,
  type SupplierTerms,
} from '@shelfcast/planning/replenishment/model'
import { type LeadDays, termsOf } from '@shelfcast/planning/replenishment/terms'
import { type Outlook, outlookOf } from '@shelfcast/planning/scenarios/outlook'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import {
  readStock,
  type ScenarioProduct,
  type ScenarioStore,
  type ScenarioWorld,
  UNKNOWN_DAY,
} from '@shelfcast/warehouse/queries/scenario-world'
import { isInScope } from './question.ts'

/** Series between two turns of the event loop: some ten milliseconds. */
const AT_ONCE = 16

type Series = RescoreAnswer['series'][number]

export interface SeriesOutlook extends Outlook {
  store_id: string
  sku: string
  unit: SeriesInput['unit']
  supplier_id: string
  currency: string
  cost: number | null
  order_day: string | null
}

/** @returns for each scenario, undefined the base, an outlook of each series that has a product and a store */
export async function createOutlooks(
  read: Reader,
  options: {
    answer: RescoreAnswer
    world: ScenarioWorld
    settings: PlanningSettings
    signal: AbortSignal
  },
) {
  const { answer, world, settings, signal } = options
  const { stock, orders } = await readStock(read, {
    stores: [...new Set(answer.series.map(({ store_id }) => store_id))],
    skus: [...new Set(answer.series.map(({ sku }) => sku))],
  })
  const key = (store_id: string, sku: string) => `${store_id} ${sku}`
  const stockOf = new Map(stock.map((row) => [key(row.store_id, row.sku), row]))
  const ordersOf = Map.groupBy(orders, (row) => key(row.store_id, row.sku))
  const storeOf = new Map(world.stores.map((store) => [store.store_id, store]))
  const productOf = new Map(world.products.map((product) => [product.sku, product]))
  const classes = classesOf(world, answer, settings)
  const termsOfSeries = createTerms(world, settings)

  function outlook(series: Series, place: number | undefined, scenario: Scenario): SeriesOutlook | undefined {
    const store = storeOf.get(series.store_id)
    const product = productOf.get(series.sku)
    if (!store || !product) return undefined
    const row = stockOf.get(key(series.store_id, series.sku))
    const terms = termsOfSeries(store, product)
    const days = (place === undefined ? null : series.scenarios[place]) ?? series.base
    const first =
      'reason' in terms
        ? 0
        : Math.max(
            0,
            answer.days.findIndex((day) => day >= terms.order_day),
          )
    const delays = scenario.filter(
      ({ kind, scope }) =>
        kind === 'delay' &&
        isInScope(scope, { ...series, region: store.region, supplier_id: product.supplier_id }),
    )
    const line: Omit<SeriesInput, 'demand'> = {
      sku: series.sku,
      unit: unitOf(series.unit),
      on_hand: row?.on_hand ?? null,
      lots: (row?.lots ?? []).map(([day, quantity]) => ({
        expires_on: day === UNKNOWN_DAY ? null : day,
        quantity,
      })),
      open_orders: ordersOf.get(key(series.store_id, series.sku)) ?? [],
      abc: classes.get(series.sku) ?? 'C',
      cost: product.cost,
      price: product.price,
      shelf_life_days: product.shelf_life_days,
      storage_volume_ml: null,
      pack_multiple: product.pack_multiple,
      minimum_order_quantity: product.minimum_order_quantity,
      sold_until: product.sold_until,
    }
    return {
      ...outlookOf(
        {
          line,
          means: days.means.slice(first),
          bands: answer.sums as readonly SumBand[],
          terms,
          delayOf: (due) =>
            delays
              .filter(({ from_day, to_day }) => (from_day ?? due) <= due && due <= (to_day ?? due))
              .reduce((sum, { strength = 0 }) => sum + strength, 0),
        },
        settings,
      ),
      store_id: series.store_id,
      sku: series.sku,
      unit: line.unit,
      supplier_id: product.supplier_id,
      currency: store.currency,
      cost: product.cost,
      order_day: 'reason' in terms ? null : terms.order_day,
    }
  }

  /** Of a series that a scenario leaves as it is, the outlook is that of the base. */
  return async function outlooks(
    place: number | undefined,
    scenario: Scenario,
    base?: readonly (SeriesOutlook | undefined)[],
  ): Promise<(SeriesOutlook | undefined)[]> {
    const isDelayed = scenario.some(({ kind }) => kind === 'delay')
    const all: (SeriesOutlook | undefined)[] = []
    for (const [index, series] of answer.series.entries()) {
      if (base && !isDelayed && place !== undefined && series.scenarios[place] === null) all.push(base[index])
      else all.push(outlook(series, place, scenario))
      if (index % AT_ONCE === AT_ONCE - 1) {
        await new Promise(setImmediate)
        signal.throwIfAborted()
      }
    }
    return all
  }
}

export const unitOf = (unit: string): SeriesInput['unit'] => (unit === 'g' || unit === 'ml' ? unit : 'each')

function classesOf(
  world: ScenarioWorld,
  answer: RescoreAnswer,
  settings: PlanningSettings,
): Map<string, AbcClass> {
  const weighed = new Set(answer.series.filter(({ unit }) => unit !== 'each').map(({ sku }) => sku))
  const revenue = world.products.map(
    ({ sku, expected, price }) => [sku, expected * (weighed.has(sku) ? 0.001 : 1) * (price ?? 0)] as const,
  )
  return abcClasses(new Map(revenue), settings.abc_shares)
}

function createTerms(world: ScenarioWorld, settings: PlanningSettings) {
  const suppliers = new Map(world.suppliers.map((supplier) => [supplier.supplier_id, supplier]))
  const leadDays = new Map(
    world.suppliers.map(
      ({ supplier_id, lead_time_days_mean: mean, lead_time_days_sd: sd }): [string, LeadDays] => [
        supplier_id,
        {
          days: leadTimeOf(
            world.receipts.get(supplier_id) ?? [],
            mean > 0 ? { mean, sd } : settings.unknown_lead_time,
          ).pmf,
          is_unknown: mean <= 0 && !world.receipts.has(supplier_id),
        },
      ],
    ),
  )
  return ({ today, time }: ScenarioStore, product: ScenarioProduct): SupplierTerms | NoOrder =>
    today === null
      ? { reason: 'no_supplier', next_order_day: null }
      : termsOf(suppliers.get(product.supplier_id), { today, time: time ?? '00:00' }, leadDays)
}

const LARGER = { each: 'each', g: 'kg', ml: 'l' } as const

export function stockTotals(outlooks: readonly (SeriesOutlook | undefined)[]): ScenarioStock {
  const lost = new Map<'each' | 'kg' | 'l', number>()
  const amounts = new Map<string, number>()
  let series = 0
  let stockOuts = 0
  let lines = 0
  for (const outlook of outlooks) {
    if (!outlook) continue
    const { unit, currency, cost, quantity } = outlook
    if (outlook.stock_out !== null) {
      series++
      stockOuts += outlook.stock_out
      const larger = LARGER[unit]
      lost.set(larger, (lost.get(larger) ?? 0) + (outlook.lost ?? 0) * (unit === 'each' ? 1 : 0.001))
    }
    if (quantity > 0) {
      lines++
      amounts.set(currency, (amounts.get(currency) ?? 0) + amountOf(quantity, unit, cost ?? 0))
    }
  }
  return {
    series,
    stock_outs: stockOuts,
    lost_units: [...lost].map(([unit, mean]) => ({ unit, mean })),
    order_lines: lines,
    orders: [...amounts].map(([currency, amount]) => ({ currency, amount })),
  }
}
