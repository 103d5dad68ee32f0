/**
 * Baskets as JSON text, the same as JSON.stringify of a Basket would give. Most of a basket is text that repeats, so
 * it is put together from parts that are made once: a line costs a fraction of a microsecond and no object.
 */

import { instant } from '@shelfcast/contracts/dates'
import { grossAmount, type Unit } from '@shelfcast/contracts/events'
import type { World } from '../world/world.ts'
import { MOST_LINES } from './visits.ts'

export const PAYMENTS = ['card', 'mobile', 'cash', 'voucher'] as const

/** A basket before it is text: one object for all, filled anew for each. */
export interface Draft {
  basket_id: string
  kind: 'sale' | 'return'
  till_id: number
  cashier_id: string
  /** Empty when anonymous. */
  customer_id: string
  /** Milliseconds since 1970, by the till's clock. */
  event_time: number
  payment: (typeof PAYMENTS)[number]
  /** Number of lines; the arrays are longer. */
  count: number
  product: Int32Array
  quantity: Int32Array
  unit_price: Int32Array
  discount: Int32Array
  /** Empty when there is none. */
  promotion_id: string[]
  /** Milliseconds since 1970, by the till's clock. */
  scanned_at: Float64Array
  /** What the scanner read instead of the product's SKU; empty when it read that. */
  misread: string[]
}

export function createDraft(): Draft {
  // A want can become three pieces and a substitute, and one line more is scanned twice.
  const room = 4 * MOST_LINES + 1
  return {
    basket_id: '',
    kind: 'sale',
    till_id: 0,
    cashier_id: '',
    customer_id: '',
    event_time: 0,
    payment: 'card',
    count: 0,
    product: new Int32Array(room),
    quantity: new Int32Array(room),
    unit_price: new Int32Array(room),
    discount: new Int32Array(room),
    promotion_id: new Array<string>(room).fill(''),
    scanned_at: new Float64Array(room),
    misread: new Array<string>(room).fill(''),
  }
}

/** @returns minor units that the line costs */
export function lineAmount(draft: Draft, line: number, unit: Unit): number {
  const gross = grossAmount({ quantity: draft.quantity[line]!, unit, unit_price: draft.unit_price[line]! })
  return gross - draft.discount[line]!
}

export function totalOf(draft: Draft, { products }: World): number {
  let total = 0
  for (let line = 0; line < draft.count; line++) {
    total += lineAmount(draft, line, products[draft.product[line]!]!.unit)
  }
  return total
}

/** What is the same in all stores of a world: made once. */
export interface ProductTexts {
  sku: string[]
  unit: string[]
}

export function productTexts({ products }: World): ProductTexts {
  return {
    sku: products.map(({ sku }) => `,"sku":${JSON.stringify(sku)},"quantity":`),
    unit: products.map(({ unit }) => `,"unit":"${unit}","unit_price":`),
  }
}

export class BasketEncoder {
  readonly #world: World
  readonly #texts: ProductTexts
  readonly #store: string
  readonly #currency: string

  constructor(world: World, store: number, texts: ProductTexts) {
    this.#world = world
    this.#texts = texts
    this.#store = `","store_id":${JSON.stringify(world.stores[store]!.store_id)},"till_id":`
    this.#currency = `","currency":"${world.currency}","lines":[`
  }

  encode(draft: Draft): string {
    const { sku, unit } = this.#texts
    const customer = draft.customer_id === '' ? '' : `","customer_id":"${draft.customer_id}`
    let text = `{"basket_id":"${draft.basket_id}","kind":"${draft.kind}${this.#store}${draft.till_id},"cashier_id":"${
      draft.cashier_id
    }${customer}","event_time":"${instant(draft.event_time)}${this.#currency}`
    for (let line = 0; line < draft.count; line++) {
      const product = draft.product[line]!
      const misread = draft.misread[line]!
      const promotion = draft.promotion_id[line]!
      text += line === 0 ? '{"line_no":' : ',{"line_no":'
      text += line + 1
      text += misread === '' ? sku[product]! : `,"sku":${JSON.stringify(misread)},"quantity":`
      text += draft.quantity[line]!
      text += unit[product]!
      text += draft.unit_price[line]!
      text += ',"discount":'
      text += draft.discount[line]!
      if (promotion !== '') text += `,"promotion_id":"${promotion}"`
      text += ',"scanned_at":"'
      text += instant(draft.scanned_at[line]!)
      text += '"}'
    }
    return `${text}],"payment":"${draft.payment}","total":${totalOf(draft, this.#world)}}`
  }
}
