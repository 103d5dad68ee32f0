/** What lots at risk and transfers are worked out of: stock, forecasts and terms of all stores, as they are now. */
import type { SumBand } from '@shelfcast/contracts/manifest'
import type { ModelVersion } from '@shelfcast/contracts/models'
import type { PlanningSettings } from '@shelfcast/contracts/planning'
import { type PromotionSums, shrunkElasticities } from '@shelfcast/planning/lots/elasticity'
import { createSalesAhead, type SalesAhead } from '@shelfcast/planning/lots/sales-ahead'
import {
  type PlanningProduct,
  type PlanningStore,
  type PlanningSupplier,
  readProducts,
  readStores,
  readSuppliers,
} from '@shelfcast/warehouse/queries/planning-reference'
import { readPromotionSums } from '@shelfcast/warehouse/queries/promotion-sums'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { readSeries, type SeriesRow } from '../orders/series.ts'

/** A store whose clock is known. */
export type OpenStore = PlanningStore & { today: string; time: string }

export interface ShelfSeries extends SeriesRow {
  store: OpenStore
  product: PlanningProduct
  sales: SalesAhead | null
  /** Minor units per piece, kilogram or litre, as customers pay it today; null where nobody says. */
  price: number | null
}

export interface LotWorld {
  settings: PlanningSettings
  stores: OpenStore[]
  /** Of which nothing was heard: their stock is not known. */
  silentStores: string[]
  suppliers: ReadonlyMap<string, PlanningSupplier>
  elasticities: ReturnType<typeof shrunkElasticities>
  /** In the order of store and SKU. */
  series: ShelfSeries[]
}

export interface WorldQuestion {
  /** Of the forecasts; undefined where there are none. */
  origin: string | undefined
  settings: PlanningSettings
  /** By its manifest the spread of sums is known. */
  champion: ModelVersion | undefined
}

/** Without a forecast there is no origin either: a day before all others. */
const NO_ORIGIN = '1990-01-01'

export async function readLotWorld(read: Reader, question: WorldQuestion): Promise<LotWorld> {
  const { origin = NO_ORIGIN, settings, champion } = question
  const [allStores, products, suppliers, sums, prices] = await Promise.all([
    readStores(read),
    readProducts(read),
    readSuppliers(read),
    readPromotionSums(read, origin),
    readPrices(read),
  ])
  const stores = allStores.filter(
    (store): store is OpenStore => store.today !== undefined && store.today !== null,
  )
  const series = await readSeries(read, { origin, stores: stores.map(({ store_id }) => store_id) })
  const productOf = new Map(products.map((product) => [product.sku, product]))
  const storeOf = new Map(stores.map((store) => [store.store_id, store]))
  const categoryOf = (sku: string) => productOf.get(sku)?.category ?? ''
  const bands = champion?.manifest.demand?.sums
  return {
    settings,
    stores,
    silentStores: allStores.filter(({ today }) => !today).map(({ store_id }) => store_id),
    suppliers: new Map(suppliers.map((supplier) => [supplier.supplier_id, supplier])),
    elasticities: shrunkElasticities(
      sums.map((row): PromotionSums => ({ ...row, category: categoryOf(row.sku) })),
    ),
    series: series.flatMap((row) => {
      const product = productOf.get(row.sku)
      const store = storeOf.get(row.store_id)
      if (!product || !store) return []
      const isBaseline = row.model_version.startsWith('baseline:')
      return [
        {
          ...row,
          store,
          product,
          price: prices.get(`${row.store_id} ${row.sku}`) ?? product.price,
          sales:
            row.means.length > 0 ? salesOf(row, store, product, bandsOf(bands, isBaseline), origin) : null,
        },
      ]
    }),
  }
}

const NO_BANDS: readonly SumBand[] = []
const bandsOf = (
  sums: { model: SumBand[]; baseline: SumBand[] } | undefined,
  isBaseline: boolean,
): readonly SumBand[] => (isBaseline ? sums?.baseline : sums?.model) ?? NO_BANDS

function salesOf(
  { means }: SeriesRow,
  store: OpenStore,
  { unit }: PlanningProduct,
  bands: readonly SumBand[],
  origin: string,
): SalesAhead {
  return createSalesAhead({ means, unit, bands, origin, today: store.today, todayShare: shareLeft(store) })
}

/** Of the hours in which the store is open today; of those of the day, where nobody says. */
export function shareLeft({
  time,
  opens_at,
  closes_at,
}: Pick<OpenStore, 'time' | 'opens_at' | 'closes_at'>): number {
  const hour = Number(time.slice(0, 2)) + Number(time.slice(3, 5)) / 60
  const opens = opens_at ?? 0
  const closes = closes_at !== null && closes_at > opens ? closes_at : 24
  return Math.min(1, Math.max(0, (closes - hour) / (closes - opens)))
}

/** By store and SKU, of the last fortnight: the newest day's shelf price less its promotion. */
async function readPrices(read: Reader): Promise<Map<string, number>> {
  const rows = await read<{ store_id: string; sku: string; paid: number }>(`
    select store_id, sku, argMax(price * (1 - promotion_off), (day, filled_at)) as paid
    from series_daily
    where day > (select max(until) from series_spans) - 14 and price > 0
    group by store_id, sku`)
  return new Map(rows.map(({ store_id, sku, paid }) => [`${store_id} ${sku}`, Math.round(paid)]))
}

/** Last day that the newest forecasts knew, of those that are there as a whole. */
export async function forecastOrigin(read: Reader): Promise<string | undefined> {
  const [row] = await read<{ origin: string; scorings: number }>(
    'select toString(max(origin)) as origin, count() as scorings from forecast_scorings',
  )
  return row && row.scorings > 0 ? row.origin : undefined
}
