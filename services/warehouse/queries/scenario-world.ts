/** What scenarios need to know of stores, products, stock and suppliers beside the forecasts. */
import { readLeadTimes } from './lead-times.ts'
import {
  type PlanningProduct,
  type PlanningStore,
  type PlanningSupplier,
  readProducts,
  readStores,
  readSuppliers,
} from './planning-reference.ts'
import type { Reader } from './rows.ts'

export type ScenarioStore = PlanningStore
export type ScenarioSupplier = PlanningSupplier

export interface ScenarioProduct extends PlanningProduct {
  /** In the unit of facts, of all stores in the next 28 days. */
  expected: number
}

export interface ScenarioStock {
  store_id: string
  sku: string
  on_hand: number
  lots: [expires_on: string, quantity: number][]
}

export interface ScenarioOrder {
  store_id: string
  sku: string
  purchase_order_id: string
  quantity: number
  expected_on: string | null
}

export interface ScenarioWorld {
  stores: ScenarioStore[]
  products: ScenarioProduct[]
  suppliers: ScenarioSupplier[]
  /** How long their orders took. */
  receipts: Awaited<ReturnType<typeof readLeadTimes>>
}

/** Day of a lot whose day nobody knows, as in stock_positions. */
export const UNKNOWN_DAY = '2149-06-06'

export async function readWorld(read: Reader): Promise<ScenarioWorld> {
  const [stores, products, suppliers, receipts, expected] = await Promise.all([
    readStores(read),
    readProducts(read),
    readSuppliers(read),
    readLeadTimes(read),
    read<{ sku: string; expected: number }>(
      'select sku, sum(mean) as expected from forecast_latest group by sku',
    ),
  ])
  const expectedOf = new Map(expected.map((row) => [row.sku, row.expected]))
  return {
    stores,
    products: products.map((product) => ({ ...product, expected: expectedOf.get(product.sku) ?? 0 })),
    suppliers,
    receipts,
  }
}

/** Stock and open orders of SKUs of stores. */
export async function readStock(
  read: Reader,
  choice: { stores: readonly string[]; skus: readonly string[] },
): Promise<{ stock: ScenarioStock[]; orders: ScenarioOrder[] }> {
  const [stock, orders] = await Promise.all([
    read<ScenarioStock>(
      `
      select store_id, sku, on_hand, arrayMap(its -> (toString(its.1), its.3), lots) as lots
      from stock_positions
      where store_id in {stores:Array(String)} and sku in {skus:Array(String)}`,
      choice,
    ),
    read<ScenarioOrder>(
      `
      select store_id, sku, purchase_order_id, quantity, toString(expected_on) as expected_on
      from stock_on_order
      where store_id in {stores:Array(String)} and sku in {skus:Array(String)}`,
      choice,
    ),
  ])
  return { stock, orders }
}
