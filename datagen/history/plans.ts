/** What a retailer plans by the week: shelf prices and promotions, known PLANNED_DAYS before the week begins. */

import { HISTORY_COLUMNS, PLANNED_DAYS } from '@shelfcast/contracts/datasets/history-tables'
import { dayOf, mondayOf } from '@shelfcast/contracts/dates'
import { LAST_DAY } from '../sim/festivals.ts'
import type { Conditions, Promotion } from '../sim/model.ts'
import { PROFILES, PROMOTION_KINDS, type World } from '../world/world.ts'
import { createWords, encodeTable } from './table.ts'
import type { NewRows } from './target.ts'

/** Mondays from one on, of the weeks that are announced by the evening of a day. */
export function weeksKnown(monday: number, day: number): number[] {
  const last = Math.min(mondayOf(day + PLANNED_DAYS), LAST_DAY)
  const weeks: number[] = []
  for (let week = monday; week <= last; week += 7) weeks.push(week)
  return weeks
}

/** The first Monday of which the plans are announced on a day or later. */
export function firstAnnounced(day: number): number {
  return mondayOf(day + PLANNED_DAYS + 6)
}

/** Prices and promotions of some weeks; a table without rows is left out. */
export function planRows(conditions: Conditions, mondays: readonly number[]): NewRows[] {
  const { world } = conditions
  // Copied: conditions keep the last few days only.
  const weeks = mondays.map((monday) => {
    const { price, promotion, promotions } = conditions.on(monday)
    return { monday, price: price.slice(), promotion: promotion.slice(), promotions }
  })
  const sold = soldProducts(world)
  return [pricesOf(world, sold, weeks), promotionsOf(world, sold, weeks)].filter((rows) => rows !== undefined)
}

interface Week {
  monday: number
  /** By price zone x product. */
  price: Int32Array
  /** By price zone x product: index into promotions, -1 when none. */
  promotion: Int16Array
  promotions: readonly Promotion[]
}

interface SoldProduct {
  /** Position in PROFILES. */
  zone: number
  product: number
  launched: number
  withdrawn: number
}

/** What stores of a profile list, profile by profile. */
function soldProducts({ stores, products }: World): SoldProduct[] {
  return PROFILES.flatMap((profile, zone) =>
    stores.some((store) => store.profile === profile)
      ? products.flatMap(({ profiles, launched_on, withdrawn_on }, product) => {
          if (profiles[profile] === 0) return []
          const launched = launched_on ? dayOf(launched_on) : Number.NEGATIVE_INFINITY
          const withdrawn = withdrawn_on ? dayOf(withdrawn_on) : Number.POSITIVE_INFINITY
          return [{ zone, product, launched, withdrawn }]
        })
      : [],
  )
}

function pricesOf(world: World, sold: readonly SoldProduct[], weeks: readonly Week[]): NewRows | undefined {
  const most = sold.length * weeks.length
  const profile = new Int32Array(most)
  const sku = new Int32Array(most)
  const week = new Int32Array(most)
  const price = new Int32Array(most)
  let rows = 0
  for (const { zone, product, launched, withdrawn } of sold) {
    for (const plan of weeks) {
      if (plan.monday + 6 < launched || plan.monday > withdrawn) continue
      profile[rows] = zone
      sku[rows] = product
      week[rows] = plan.monday
      price[rows] = plan.price[zone * world.products.length + product]!
      rows++
    }
  }
  if (rows === 0) return undefined
  const cells = { profile: { words: PROFILES, indexes: profile }, sku: skuCells(world, sku), week, price }
  return { table: 'prices', rows, body: encodeTable(HISTORY_COLUMNS.prices, cells, rows) }
}

function promotionsOf(
  world: World,
  sold: readonly SoldProduct[],
  weeks: readonly Week[],
): NewRows | undefined {
  const profile: number[] = []
  const sku: number[] = []
  const week: number[] = []
  const id = createWords()
  const kind: number[] = []
  const off: number[] = []
  for (const { zone, product } of sold) {
    for (const { monday, promotion, promotions } of weeks) {
      const offer = promotions[promotion[zone * world.products.length + product]!]
      if (!offer) continue
      profile.push(zone)
      sku.push(product)
      week.push(monday)
      id.push(offer.promotion_id)
      kind.push(PROMOTION_KINDS.indexOf(offer.kind))
      off.push(offer.off)
    }
  }
  const rows = week.length
  if (rows === 0) return undefined
  const cells = {
    profile: { words: PROFILES, indexes: Int32Array.from(profile) },
    sku: skuCells(world, Int32Array.from(sku)),
    week: Int32Array.from(week),
    promotion_id: id.cells(),
    kind: { words: PROMOTION_KINDS, indexes: Int32Array.from(kind) },
    off: Float64Array.from(off),
    announced_on: Int32Array.from(week, (monday) => monday - PLANNED_DAYS),
  }
  return { table: 'promotions', rows, body: encodeTable(HISTORY_COLUMNS.promotions, cells, rows) }
}

function skuCells({ products }: World, indexes: Int32Array) {
  return { words: products.map(({ sku }) => sku), indexes }
}
