/** Rules of business for one line or message, as numbers: what the gate asks of every line must not cost an object. */
import { grossAmount, Unit } from '@shelfcast/contracts/events'
import { LIMITS, REFUSAL_CODES, type RefusalCode } from '@shelfcast/contracts/refusals'
import { isUnlikelyPrice } from './list-price.ts'

/** 0 is accepted; any other number stands for a reason. */
export type Verdict = number
export const ACCEPTED: Verdict = 0

export function refusedFor(reason: RefusalCode): Verdict {
  return 1 + REFUSAL_CODES.indexOf(reason)
}

export function reasonOf(verdict: Verdict): RefusalCode {
  return REFUSAL_CODES[verdict - 1]!
}

export const UNITS = Unit.anyOf.map((unit) => unit.const)
/** Largest quantity of a sale, by place in `UNITS`. */
export const MOST_OF_UNIT = Int32Array.from(UNITS, (unit) => LIMITS.quantity[unit])

const NOT_POSITIVE = refusedFor('quantity_not_positive')
const QUANTITY_RANGE = refusedFor('quantity_out_of_range')
const PRICE_ZERO = refusedFor('price_zero')
const PRICE_NEGATIVE = refusedFor('price_negative')
const PRICE_RANGE = refusedFor('price_out_of_range')
const PRICE_UNLIKELY = refusedFor('price_unlikely')
const DISCOUNT_RANGE = refusedFor('discount_out_of_range')

/** Value of a line before discount, in minor units. @param unit place in `UNITS` */
export function grossOf(quantity: number, unit: number, unitPrice: number): number {
  return grossAmount({ quantity, unit: UNITS[unit]!, unit_price: unitPrice })
}

/**
 * The first rule on numbers that a line of a known product breaks.
 * @param unit     place in `UNITS`
 * @param gross    as `grossOf` has it
 * @param list     list price of the product per `listUnit`; 0 where none is published
 * @param listUnit place in `UNITS`
 */
export function lineVerdict(
  quantity: number,
  unit: number,
  unitPrice: number,
  discount: number,
  gross: number,
  list: number,
  listUnit: number,
): Verdict {
  if (quantity <= 0) return NOT_POSITIVE
  if (quantity > MOST_OF_UNIT[unit]!) return QUANTITY_RANGE
  if (unitPrice === 0) return PRICE_ZERO
  if (unitPrice < 0) return PRICE_NEGATIVE
  if (unitPrice > LIMITS.unitPrice || gross > LIMITS.lineAmount) return PRICE_RANGE
  if (isUnlikelyPrice(unitPrice, UNITS[unit]!, list, UNITS[listUnit]!)) return PRICE_UNLIKELY
  if (discount < 0 || discount > gross) return DISCOUNT_RANGE
  return ACCEPTED
}
