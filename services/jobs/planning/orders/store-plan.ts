/** The plan of one store: from what was read of it to what it orders, and why. */
import { addDays, daysBetween } from '@shelfcast/contracts/dates'
import type { SumBand } from '@shelfcast/contracts/manifest'
import type { OrderProposal } from '@shelfcast/contracts/orders'
import type { AbcClass, PlanningSettings } from '@shelfcast/contracts/planning'
import type { Demand } from '@shelfcast/planning/demand/demand'
import { mixture } from '@shelfcast/planning/demand/mixture'
import { spansOf } from '@shelfcast/planning/demand/sums'
import type {
  NoOrder,
  SeriesDemand,
  SeriesInput,
  SupplierTerms,
} from '@shelfcast/planning/replenishment/model'
import { planStore } from '@shelfcast/planning/replenishment/store'
import { costOf, meanOf } from '@shelfcast/planning/replenishment/target'
import type { PlannedLineRow } from '@shelfcast/warehouse/queries/planned-lines'
import type { PlanningProduct, PlanningStore, PlanningSupplier } from './reference.ts'
import type { OpenLine, SeriesRow } from './series.ts'
import { type LeadDays, momentOf, termsOf } from './terms.ts'

/** What is the same for all stores. */
export interface PlanningContext {
  /** Of the forecasts. */
  origin: string
  settings: PlanningSettings
  products: ReadonlyMap<string, PlanningProduct>
  suppliers: ReadonlyMap<string, PlanningSupplier>
  lead_days: ReadonlyMap<string, LeadDays>
  abc: ReadonlyMap<string, AbcClass>
  /** How sums of days are spread around those of the model, and of the baseline. */
  sums: { model: readonly SumBand[]; baseline: readonly SumBand[] }
}

export interface StorePlan {
  lines: PlannedLineRow[]
  proposals: OrderProposal[]
}

/**
 * @param rows of the store, in the order of SKU
 * @param approved lines on order that the warehouse has not heard of, by SKU
 */
export function planOfStore(
  store: PlanningStore,
  rows: readonly SeriesRow[],
  approved: ReadonlyMap<string, OpenLine[]>,
  context: PlanningContext,
): StorePlan {
  const moment = momentOf(store, context.origin)
  const termsBySupplier = new Map<string, SupplierTerms | NoOrder>()
  const termsOfSku = (sku: string): SupplierTerms | NoOrder => {
    const id = context.products.get(sku)?.supplier_id ?? ''
    const terms = termsBySupplier.get(id) ?? termsOf(context.suppliers.get(id), moment, context.lead_days)
    termsBySupplier.set(id, terms)
    return terms
  }
  // What is no merchandise, or what nobody has said anything of, is not planned.
  const planned = rows.filter(({ sku }) => context.products.has(sku))
  const ahead = daysBetween(context.origin, moment.today) - 1
  const plans = planStore(
    {
      lines: planned.map((row) =>
        seriesInput(row, termsOfSku(row.sku), approved.get(row.sku) ?? [], { ahead, context }),
      ),
      termsOf: termsOfSku,
      storage_volume_ml: store.storage_volume_ml,
    },
    context.settings,
  )
  const lines = plans.map(({ sku, quantity, reason, steps }, index): PlannedLineRow => {
    const { cost, unit, supplier_id } = context.products.get(sku)!
    const terms = termsOfSku(sku)
    return {
      store_id: store.store_id,
      sku,
      order_day: moment.today,
      supplier_id,
      unit,
      quantity,
      reason,
      expected_on: quantity > 0 && 'order_day' in terms ? expectedOn(terms) : null,
      cost,
      origin: context.origin,
      model_version: planned[index]!.model_version,
      steps: [...steps],
    }
  })
  return { lines, proposals: proposalsOf(store, lines, context) }
}

const expectedOn = ({ order_day, lead_days }: SupplierTerms): string =>
  addDays(order_day, Math.round(meanOf(lead_days)))

function seriesInput(
  row: SeriesRow,
  terms: SupplierTerms | NoOrder,
  approved: readonly OpenLine[],
  { ahead, context }: { ahead: number; context: PlanningContext },
): SeriesInput {
  const { unit, cost, price, ...product } = context.products.get(row.sku)!
  // From the day of the order on: what was forecast of the days before it is over.
  const means = row.means.slice(ahead)
  const bands = row.model_version.startsWith('baseline:') ? context.sums.baseline : context.sums.model
  return {
    sku: row.sku,
    unit,
    on_hand: row.on_hand,
    lots: row.lots,
    open_orders: [...row.on_order, ...approved],
    demand: means.length === 0 || 'reason' in terms ? null : demandOf({ means, unit, bands }, terms),
    abc: context.abc.get(row.sku) ?? 'C',
    cost,
    price,
    shelf_life_days: product.shelf_life_days,
    storage_volume_ml: product.storage_volume_ml,
    pack_multiple: product.pack_multiple,
    minimum_order_quantity: product.minimum_order_quantity,
    sold_until: product.sold_until,
  }
}

function demandOf(
  series: { means: readonly number[]; unit: SeriesInput['unit']; bands: readonly SumBand[] },
  { lead_days, review_days }: SupplierTerms,
): SeriesDemand {
  const spans = spansOf(series)
  const cache: ReturnType<typeof spans.over>[] = []
  const over = (days: number) => {
    cache[days] ??= spans.over(days)
    return cache[days]
  }
  let protection: Demand | undefined
  return {
    over,
    untilDelivery: {
      shortage: (stock) =>
        lead_days.reduce(
          (sum, weight, days) => (weight > 0 ? sum + weight * over(days).shortage(stock) : sum),
          0,
        ),
    },
    get protection() {
      protection ??= mixture(
        lead_days.flatMap((weight, days) =>
          weight > 0 ? [{ weight, demand: over(days + review_days) }] : [],
        ),
      )
      return protection
    },
    means: series.means,
  }
}

function proposalsOf(
  { store_id, currency }: PlanningStore,
  lines: readonly PlannedLineRow[],
  { settings, products }: PlanningContext,
): OrderProposal[] {
  const bySupplier = new Map<string, PlannedLineRow[]>()
  for (const line of lines) {
    if (line.quantity === 0) continue
    const own = bySupplier.get(line.supplier_id) ?? []
    own.push(line)
    bySupplier.set(line.supplier_id, own)
  }
  return [...bySupplier]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([supplier_id, own]) => ({
      store_id,
      supplier_id,
      order_on: own[0]!.order_day,
      expected_on: own[0]!.expected_on,
      currency,
      lines: own.map(({ sku, quantity, unit }) => ({
        sku,
        quantity,
        unit,
        unit_cost: costOf(products.get(sku)!, settings).cost,
      })),
    }))
}
