/** What a line may be: by its shelf life, in packs, and no less than its supplier takes. */
import type { PlanningSettings, PlanReason } from '@shelfcast/contracts/planning'
import type { Demand } from '../demand/demand.ts'
import type { Arithmetic } from './arithmetic.ts'
import { inPriceUnits, type SeriesDemand, type SeriesInput, type SupplierTerms } from './model.ts'
import { costOf, meanOf } from './target.ts'

/** Goods that keep longer are ordered in whole packs upwards: what is too much today is sold later. */
const KEEPS_DAYS = 28

export const keeps = ({ shelf_life_days }: Pick<SeriesInput, 'shelf_life_days'>): boolean =>
  shelf_life_days === null || shelf_life_days >= KEEPS_DAYS

/** Demand while an order of today keeps: until it arrives, and until it expires. */
export function demandWhileItKeeps(
  { shelf_life_days }: SeriesInput,
  demand: SeriesDemand,
  terms: SupplierTerms,
): Demand | undefined {
  if (shelf_life_days === null) return undefined
  return demand.over(Math.round(meanOf(terms.lead_days)) + shelf_life_days)
}

/** What of it is sold before it expires, with the confidence of the settings: what sells first is what is there. */
export function mostWhileItKeeps(
  kept: Demand | undefined,
  position: number,
  { expiry_confidence }: PlanningSettings,
): number {
  if (kept === undefined) return Number.POSITIVE_INFINITY
  return Math.max(0, kept.quantile(1 - expiry_confidence) - position)
}

/** What an order is counted in: a pack, or one piece, gram or millilitre where nobody has said. */
export const packOf = ({ pack_multiple }: Pick<SeriesInput, 'pack_multiple'>): number => pack_multiple ?? 1

/** @returns the most that may be ordered */
export function capAtShelfLife(
  arithmetic: Arithmetic,
  input: SeriesInput,
  kept: Demand | undefined,
  position: number,
  settings: PlanningSettings,
): number {
  const most = mostWhileItKeeps(kept, position, settings)
  if (arithmetic.value > most)
    arithmetic.set('shelf_life', most, {
      shelf_life_days: input.shelf_life_days!,
      confidence: settings.expiry_confidence,
      sold_while_it_keeps: most + position,
    })
  return most
}

/**
 * Whole packs: upwards for what keeps and is sold before it expires, to the side that earns more for what is not.
 * @returns why it came to nothing, if it did
 */
export function roundToPacks(
  arithmetic: Arithmetic,
  input: SeriesInput,
  options: { kept: Demand | undefined; position: number; settings: PlanningSettings },
): PlanReason | undefined {
  const pack = packOf(input)
  const units = arithmetic.value
  const up = Math.ceil(units / pack - 1e-9) * pack
  const down = Math.floor(units / pack + 1e-9) * pack
  const { kept, position, settings } = options
  const isUp =
    up === down ||
    kept === undefined ||
    (keeps(input) && up <= mostWhileItKeeps(kept, position, settings)) ||
    earned(input, kept, position + up, settings) > earned(input, kept, position + down, settings)
  arithmetic.change('pack', isUp ? up : down, {
    pack,
    rounded: isUp ? 'up' : 'down: what is more than this is likely to expire',
  })
  return arithmetic.value === 0 ? 'less_than_a_pack' : undefined
}

/** Expected minor units, all told, of having so many units before they expire. */
function earned(input: SeriesInput, kept: Demand, stock: number, settings: PlanningSettings): number {
  const { cost } = costOf(input, settings)
  const sold = kept.mean - kept.shortage(stock)
  const salvage = cost * settings.salvage_share
  const price = input.price ?? cost * 2
  return inPriceUnits((price - salvage) * sold - (cost - salvage) * stock, input.unit)
}

/** @returns why it came to nothing, if it did */
export function raiseToMinimum(
  arithmetic: Arithmetic,
  input: SeriesInput,
  most: number,
): PlanReason | undefined {
  const { minimum_order_quantity: minimum, shelf_life_days } = input
  if (minimum === null || arithmetic.value >= minimum) return undefined
  const pack = packOf(input)
  const least = Math.ceil(minimum / pack) * pack
  if (least > most) {
    arithmetic.set('minimum_quantity', 0, {
      minimum,
      most,
      ...(shelf_life_days !== null && { shelf_life_days }),
    })
    return 'below_minimum'
  }
  arithmetic.set('minimum_quantity', least, { minimum })
  return undefined
}
