/** The money of a receipt line: the one place where it is worked out, for receipts and for revenue alike. */
import { grossAmount, type Unit } from '@shelfcast/contracts/events'
import type { Promotion } from './model.ts'

// 100 x 0.29 is 28.999999999999996: a share of a price is a whole number when it is this near to one.
const ROUNDING = 1e-9

export interface LineAmounts {
  /** Before discount, minor units. */
  gross: number
  /** Off the whole line, minor units. */
  discount: number
}

/**
 * @param price shelf price, minor units per piece or per kilogram
 * @param promotion that the product is on, if any
 * @param quantity pieces, or grams
 * @param coupon whether the customer hands one in: coupon promotions give nothing without
 */
export function lineAmounts(
  product: { unit: Unit },
  price: number,
  promotion: Promotion | undefined,
  quantity: number,
  coupon: boolean,
): LineAmounts {
  const gross = grossAmount({ quantity, unit: product.unit, unit_price: price })
  const discount = promotion ? discountOf(product.unit, price, promotion, quantity, gross, coupon) : 0
  return { gross, discount }
}

/**
 * Fractions of a cent stay with the shop, on each piece, on each full group of a multibuy, and on each line of goods
 * by weight. A multibuy counts pieces, so goods by weight get nothing from it.
 */
function discountOf(
  unit: Unit,
  price: number,
  promotion: Promotion,
  quantity: number,
  gross: number,
  coupon: boolean,
): number {
  const { kind, off, group } = promotion
  if (kind === 'coupon' && !coupon) return 0
  if (kind === 'multibuy') {
    if (unit !== 'each') return 0
    return Math.floor(quantity / group) * Math.floor(price * group * off + ROUNDING)
  }
  if (unit !== 'each') return Math.floor(gross * off + ROUNDING)
  return quantity * Math.floor(price * off + ROUNDING)
}
