/** What goes wrong while goods are scanned: a line twice, a code misread, a price that is not the shelf's. */

import { instant } from '@shelfcast/contracts/dates'
import { grossAmount } from '@shelfcast/contracts/events'
import { type Key, uniformAt, word } from '../sim/random.ts'
import type { World } from '../world/world.ts'
import { DRAW, DRAWS } from './draws.ts'
import type { Draft } from './encode.ts'
import type { Label } from './truth.ts'

export const LONGEST_GAP_MS = 1_100
export const SAME_MILLISECOND = 0.3
const PRICE_FAULTS = ['times_ten', 'tenth', 'yesterday', 'zero'] as const

/** The visit whose basket is being scanned. */
export interface Scanning {
  draft: Draft
  key: Key
  visit: number
  /** Share of baskets with a line that is scanned twice. */
  doubleScan: number
  /** How far the till's clock is wrong. */
  skew: number
  yesterdaysPrice(product: number): number
  label(label: Label): void
}

/** Puts the faults of a basket into it. At most one line is scanned twice, and another is misread or mispriced. */
export class LineFaults {
  readonly #world: World
  readonly #store_id: string
  readonly #unknownPrefix: string

  constructor(world: World, store: number) {
    this.#world = world
    this.#store_id = world.stores[store]!.store_id
    this.#unknownPrefix = unusedPrefix(world)
  }

  spoil(scanning: Scanning): void {
    const { draft, key, visit, doubleScan } = scanning
    const { unknown_sku, wrong_price } = this.#world.noise
    const { count } = draft
    const shareOf = (draw: number) => uniformAt(key[0], key[1], visit * DRAWS + draw)
    const isDouble = shareOf(DRAW.doubleScan) < doubleScan
    const original = isDouble ? Math.floor(shareOf(DRAW.doubleScanLine) * count) : count
    const copy = isDouble ? this.#scanTwice(scanning, original, shareOf(DRAW.doubleScanGap)) : count
    const fault = shareOf(DRAW.lineFault)
    const others = isDouble ? count - 1 : count
    if (fault >= unknown_sku + wrong_price || others === 0) return
    // One of the lines that are neither the original nor its copy.
    const other = Math.floor(shareOf(DRAW.lineFaultLine) * others)
    const beside = other < original ? other : other + 1
    const line = beside < copy ? beside : beside + 1
    const how = word(key[0], key[1], visit * DRAWS + DRAW.lineFaultHow)
    if (fault < unknown_sku) this.#misread(scanning, line, how)
    else this.#misprice(scanning, line, how)
  }

  #misread({ draft, label, skew }: Scanning, line: number, how: number): void {
    const sku = `${this.#unknownPrefix}${String(how % 1_000_000).padStart(6, '0')}`
    draft.misread[line] = sku
    label({
      kind: 'unknown_sku',
      store_id: this.#store_id,
      at: instant(draft.scanned_at[line]! - skew),
      basket_id: draft.basket_id,
      line_no: line + 1,
      sku,
      true_sku: this.#world.products[draft.product[line]!]!.sku,
    })
  }

  #misprice({ draft, label, skew, yesterdaysPrice }: Scanning, line: number, how: number): void {
    const product = draft.product[line]!
    const { sku, unit } = this.#world.products[product]!
    const right = draft.unit_price[line]!
    let form = PRICE_FAULTS[how % PRICE_FAULTS.length]!
    // A price that has not changed since yesterday is no fault.
    if (form === 'yesterday' && yesterdaysPrice(product) === right) form = 'times_ten'
    const wrong = {
      times_ten: right * 10,
      tenth: Math.max(1, Math.round(right / 10)),
      yesterday: yesterdaysPrice(product),
      zero: 0,
    }[form]
    if (wrong === right) return
    const quantity = draft.quantity[line]!
    const gross = grossAmount({ quantity, unit, unit_price: right })
    const wrongGross = grossAmount({ quantity, unit, unit_price: wrong })
    // The till works a promotion out from the price that it has.
    draft.discount[line] = gross === 0 ? 0 : Math.floor((draft.discount[line]! * wrongGross) / gross)
    draft.unit_price[line] = wrong
    label({
      kind: 'wrong_price',
      store_id: this.#store_id,
      at: instant(draft.scanned_at[line]! - skew),
      basket_id: draft.basket_id,
      line_no: line + 1,
      sku,
      form,
      unit_price: wrong,
      true_unit_price: right,
    })
  }

  /** @returns the place of the second scan */
  #scanTwice({ draft, label, skew }: Scanning, line: number, share: number): number {
    const gap =
      share < SAME_MILLISECOND
        ? 0
        : 1 + Math.floor(((share - SAME_MILLISECOND) / (1 - SAME_MILLISECOND)) * LONGEST_GAP_MS)
    const at = draft.scanned_at[line]! + gap
    let to = line + 1
    while (to < draft.count && draft.scanned_at[to]! < at) to++
    insert(draft, line, to)
    draft.scanned_at[to] = at
    label({
      kind: 'double_scan',
      store_id: this.#store_id,
      at: instant(at - skew),
      basket_id: draft.basket_id,
      line_no: to + 1,
      sku: this.#world.products[draft.product[to]!]!.sku,
      gap_ms: gap,
    })
    return to
  }
}

/** Copies a line to a place behind it, and what is there one further. */
function insert(draft: Draft, line: number, to: number): void {
  for (const column of [draft.product, draft.quantity, draft.unit_price, draft.discount, draft.scanned_at]) {
    column.copyWithin(to + 1, to, draft.count)
    column[to] = column[line]!
  }
  for (const column of [draft.promotion_id, draft.misread]) {
    column.copyWithin(to + 1, to, draft.count)
    column[to] = column[line]!
  }
  draft.count++
}

/** No product of the world begins with it. */
function unusedPrefix({ products }: World): string {
  let prefix = 'U'
  while (products.some(({ sku }) => sku.startsWith(prefix))) prefix += 'X'
  return prefix
}
