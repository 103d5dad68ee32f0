/** Orders as a retailer tells them to the platform: line by line, with the day that the supplier usually needs. */

import type { PurchaseOrderLine } from '@shelfcast/contracts/datasets/purchase-orders'
import { dateOf, dayHours, instant } from '@shelfcast/contracts/dates'
import type { PurchaseOrder } from '../sim/model.ts'
import type { World } from '../world/world.ts'

/**
 * @param at when it is told, milliseconds since 1970
 * @param isOpening whether these are all that the store has on order
 */
export function orderLinesOf(
  world: World,
  orders: readonly PurchaseOrder[],
  at: number,
  isOpening: boolean,
): PurchaseOrderLine[] {
  return orders.flatMap(({ purchase_order_id, supplier, store, ordered, lines }) => {
    const { store_id, time_zone } = world.stores[store]!
    const { supplier_id, lead_time_days } = world.suppliers[supplier]!
    const quantities = new Map<number, number>()
    for (const { product, quantity } of lines)
      quantities.set(product, (quantities.get(product) ?? 0) + quantity)
    return Array.from(quantities, ([product, quantity]) => ({
      purchase_order_id,
      store_id,
      supplier_id,
      sku: world.products[product]!.sku,
      quantity,
      unit: world.products[product]!.unit,
      // Orders go out when the store's day is over.
      ordered_at: instant(dayHours(time_zone, ordered + 1)[0]! - 1),
      expected_on: dateOf(ordered + Math.round(lead_time_days.usual)),
      told_at: instant(at),
      opening: isOpening,
    }))
  })
}
