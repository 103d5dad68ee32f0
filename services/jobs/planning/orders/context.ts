/** What is the same for all stores of a plan. */
import type { PlanningSettings } from '@shelfcast/contracts/planning'
import { leadTimeOf } from '@shelfcast/planning/demand/lead-time'
import { abcClasses } from '@shelfcast/planning/replenishment/abc'
import { inPriceUnits } from '@shelfcast/planning/replenishment/model'
import { readLeadTimes } from '@shelfcast/warehouse/queries/lead-times'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import type { Backends } from '../../backends.ts'
import {
  type PlanningProduct,
  type PlanningSupplier,
  readExpectedUnits,
  readProducts,
  readSuppliers,
} from './reference.ts'
import type { PlanningContext } from './store-plan.ts'
import type { LeadDays } from './terms.ts'

export async function readContext(
  { warehouse, registry }: Pick<Backends, 'warehouse' | 'registry'>,
  { origin, settings }: { origin: string; settings: PlanningSettings },
): Promise<{ context: PlanningContext; shortfalls: string[] }> {
  const read = readerOf(warehouse)
  const [products, suppliers, expected, receipts, champion] = await Promise.all([
    readProducts(read),
    readSuppliers(read),
    readExpectedUnits(read, origin),
    readLeadTimes(read),
    registry.champion('demand'),
  ])
  const sums = champion?.manifest.demand?.sums
  return {
    context: {
      origin,
      settings,
      products: new Map(products.map((product) => [product.sku, product])),
      suppliers: new Map(suppliers.map((supplier) => [supplier.supplier_id, supplier])),
      lead_days: new Map(
        suppliers.map((supplier) => [supplier.supplier_id, leadDaysOf(supplier, receipts, settings)]),
      ),
      abc: abcClasses(revenueOf(products, expected), settings.abc_shares),
      sums: sums ?? { model: [], baseline: [] },
    },
    shortfalls: sums
      ? []
      : [
          'No champion has measured how far sums of days lie from their forecast, so a wide spread is taken. ' +
            'Train one: npm run jobs -- train',
        ],
  }
}

function leadDaysOf(
  { supplier_id, lead_time_days_mean: mean, lead_time_days_sd: sd }: PlanningSupplier,
  receipts: Awaited<ReturnType<typeof readLeadTimes>>,
  { unknown_lead_time }: PlanningSettings,
): LeadDays {
  const observations = receipts.get(supplier_id) ?? []
  const isUnknown = mean <= 0 && observations.length === 0
  return {
    days: leadTimeOf(observations, mean > 0 ? { mean, sd } : unknown_lead_time).pmf,
    is_unknown: isUnknown,
  }
}

/** Minor units that all stores are expected to take in of each SKU; at cost where no price is known. */
function revenueOf(
  products: readonly PlanningProduct[],
  expected: ReadonlyMap<string, number>,
): Map<string, number> {
  return new Map(
    products.map(({ sku, unit, price, cost }) => [
      sku,
      inPriceUnits(expected.get(sku) ?? 0, unit) * (price ?? cost ?? 0),
    ]),
  )
}
