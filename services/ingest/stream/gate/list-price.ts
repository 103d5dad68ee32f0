/** Whether a price can be right, by what the reference data says. */
import type { Unit } from '@shelfcast/contracts/events'
import { LIMITS } from '@shelfcast/contracts/refusals'

/**
 * @param list list price in minor units per `listUnit`, where one is published; 0 says nothing
 * @returns whether the price is further from the list price than any markdown or difference between stores takes it
 */
export function isUnlikelyPrice(
  unitPrice: number,
  unit: Unit,
  list: number | undefined,
  listUnit: Unit,
): boolean {
  // A price per kilogram says nothing of a price per piece.
  if (list === undefined || list === 0 || unit !== listUnit) return false
  return unitPrice > list * LIMITS.listPriceFactor || unitPrice * LIMITS.listPriceFactor < list
}
