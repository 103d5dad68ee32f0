/**
 * Promotions run from Monday to Sunday. Which products are on promotion in a week depends on the week and the
 * product alone; most promotions run in all profiles of store, some only in a few.
 */

import { isoWeekOf } from '@shelfcast/contracts/dates'
import { PROFILES, PROMOTION_KINDS, type PromotionKind, type World } from '../world/world.ts'
import { exp, log } from './arithmetic.ts'
import type { Promotion } from './model.ts'
import { cumulative, indexAt, keyOf, uniformAt } from './random.ts'
import { keep } from './recent.ts'

/** Share of promotions that run in all profiles; in the others each profile takes part with PART_TAKING. */
const CHAIN_WIDE = 0.7
const PART_TAKING = 0.5
/** What customers on average see of the price off: not all buy full groups, and not all have the coupon. */
const SEEN: Record<PromotionKind, number> = { price_off: 1, end_cap: 1, multibuy: 0.5, coupon: 0.35 }
/** An identifier has at most 64 characters. */
const LONGEST_SKU = 55
/** Of what a promotion takes from the two weeks after, the share of each. */
const FIRST_WEEK_AFTER = 0.65
const LEAST_FACTOR = 0.2
const KEPT_WEEKS = 8

export interface PromotionWeek {
  promotions: readonly Promotion[]
  /** By price zone x product: index into promotions, -1 when none. */
  index: Int16Array
  /** By promotion: factor on the demand of its product while it runs. */
  uplift: Float64Array
}

export interface Promotions {
  week(monday: number): PromotionWeek
  /**
   * Multiplies factors, by price zone x product, by what the promotions of the week, and those of the two weeks
   * before, do to demand: uplift, less after it, and less for the rest of the category.
   */
  apply(monday: number, factors: Float64Array): void
}

export function createPromotions(
  world: World,
  seed: number,
  isOnSale: (product: number, monday: number) => boolean,
): Promotions {
  const { products, categories, promotions: terms } = world
  const count = products.length
  const keys = products.map(({ sku }) => keyOf(undefined, seed, 'promotion', sku))
  const kinds = cumulative(PROMOTION_KINDS.map((kind) => terms.kinds[kind].weight))
  const share = kinds[kinds.length - 1]! > 0 ? terms.share : 0
  const categoryOf = new Map(categories.map(({ category }, index) => [category, index]))
  const category = Int32Array.from(products, (product) => categoryOf.get(product.category)!)
  const units = new Float64Array(PROFILES.length * count)
  PROFILES.forEach((profile, zone) => {
    products.forEach((product, at) => {
      units[zone * count + at] = product.daily_units * product.profiles[profile]
    })
  })
  const weeks = new Map<number, PromotionWeek>()

  const makeWeek = (monday: number): PromotionWeek => {
    const promotions: Promotion[] = []
    const uplift: number[] = []
    const index = new Int16Array(units.length).fill(-1)
    const { year, week } = isoWeekOf(monday)
    const name = `P${year}W${week < 10 ? '0' : ''}${week}-`
    for (let product = 0; product < count; product++) {
      const [low, high] = keys[product]!
      // Eight numbers a week; the first decides whether there is a promotion at all.
      const draw = (n: number) => uniformAt(low, high, monday * 8 + n)
      if (draw(0) >= share || !isOnSale(product, monday)) continue
      const item = products[product]!
      let kind = PROMOTION_KINDS[indexAt(kinds, draw(1) * kinds[kinds.length - 1]!)]!
      if (kind === 'multibuy' && item.unit !== 'each') kind = 'price_off'
      const { off: depths, uplift: beyondPrice } = terms.kinds[kind]
      const { off, group } = termsOf(kind, depths[Math.floor(draw(2) * depths.length)]!)
      const promotion = promotions.length
      const isChainWide = draw(3) < CHAIN_WIDE
      let isAnywhere = false
      for (let zone = 0; zone < PROFILES.length; zone++) {
        const at = zone * count + product
        if (units[at] === 0 || !(isChainWide || draw(4 + zone) < PART_TAKING)) continue
        index[at] = promotion
        isAnywhere = true
      }
      if (!isAnywhere) continue
      const promotion_id = `${name}${item.sku.slice(-LONGEST_SKU)}`
      promotions.push({ promotion_id, product, kind, off, group, from: monday, to: monday + 6 })
      const apparentOff = Math.min(0.9, off * SEEN[kind])
      uplift.push(exp(item.elasticity * log(1 - apparentOff) + beyondPrice))
    }
    return { promotions, index, uplift: Float64Array.from(uplift) }
  }

  const week = (monday: number): PromotionWeek => {
    let week = weeks.get(monday)
    if (!week) {
      week = makeWeek(monday)
      keep(weeks, monday, week, KEPT_WEEKS)
    }
    return week
  }

  /** Demand that came early is missing now. */
  const applyAfter = (past: PromotionWeek, share: number, factors: Float64Array) => {
    past.promotions.forEach(({ product, kind }, promotion) => {
      const missing = terms.kinds[kind].pull_forward * share * Math.max(0, past.uplift[promotion]! - 1)
      const factor = Math.max(LEAST_FACTOR, 1 - missing)
      for (let at = product; at < factors.length; at += count) {
        if (past.index[at] === promotion) factors[at]! *= factor
      }
    })
  }

  const applyNow = (now: PromotionWeek, factors: Float64Array) => {
    const cells = PROFILES.length * categories.length
    const gained = new Float64Array(cells)
    const others = new Float64Array(cells)
    for (let zone = 0, at = 0; zone < PROFILES.length; zone++) {
      for (let product = 0; product < count; product++, at++) {
        const cell = zone * categories.length + category[product]!
        const promotion = now.index[at]!
        if (factors[at] === 0) continue
        if (promotion < 0) others[cell]! += units[at]!
        else gained[cell]! += units[at]! * Math.max(0, now.uplift[promotion]! - 1)
      }
    }
    const kept = new Float64Array(cells).fill(1)
    for (let cell = 0; cell < cells; cell++) {
      if (gained[cell] === 0 || others[cell] === 0) continue
      const lost = (categories[cell % categories.length]!.cannibalisation * gained[cell]!) / others[cell]!
      kept[cell] = Math.max(LEAST_FACTOR, 1 - lost)
    }
    for (let zone = 0, at = 0; zone < PROFILES.length; zone++) {
      for (let product = 0; product < count; product++, at++) {
        const promotion = now.index[at]!
        factors[at]! *=
          promotion < 0 ? kept[zone * categories.length + category[product]!]! : now.uplift[promotion]!
      }
    }
  }

  return {
    week,
    apply(monday, factors) {
      applyNow(week(monday), factors)
      applyAfter(week(monday - 7), FIRST_WEEK_AFTER, factors)
      applyAfter(week(monday - 14), 1 - FIRST_WEEK_AFTER, factors)
    },
  }
}

/** Three for two when it is a third off, else a price for two. */
function termsOf(kind: PromotionKind, off: number): { off: number; group: number } {
  if (kind !== 'multibuy') return { off, group: 1 }
  // Worlds write 0.33 or 0.3333; to the cent it must be the price of one piece.
  return Math.abs(off - 1 / 3) < 0.01 ? { off: 1 / 3, group: 3 } : { off, group: 2 }
}
