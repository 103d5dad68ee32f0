/** Line totals as unit price and discount, so that nothing is lost to rounding. */
import { grossAmount, type Unit } from '@shelfcast/contracts/events'

/**
 * The smallest whole unit price whose gross reaches `gross`; what it is above `net` is the discount. So netAmount()
 * of the line is `net` to the minor unit whatever the quantity, and the discount is never negative.
 * The discount holds, besides the real one, what the rounding of the price adds: under one minor unit a piece, or
 * a kilogram or litre.
 * A quantity that is not positive cannot be divided by: the line keeps `gross` as its price, for the gate to refuse, and
 * comes to nothing.
 * @param gross minor units of the line before discount, at least `net`
 * @param net minor units that the line was sold for
 */
export function priceOfTotal(
  quantity: number,
  unit: Unit,
  gross: number,
  net: number,
): { unit_price: number; discount: number } {
  if (quantity <= 0) return { unit_price: gross, discount: 0 }
  const unit_price = unit === 'each' ? Math.ceil(gross / quantity) : Math.ceil((gross * 1000) / quantity)
  return { unit_price, discount: grossAmount({ quantity, unit, unit_price }) - net }
}
