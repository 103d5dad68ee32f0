import { Basket, netAmount } from '@shelfcast/contracts/events'
import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import { tillWorld } from '../../test/datagen/tills.ts'
import { keyOf, Random } from '../sim/random.ts'
import { BasketEncoder, createDraft, PAYMENTS, productTexts, totalOf } from './encode.ts'

const world = tillWorld()
const validator = Compile(Basket)

/** The basket as an object, in the order of the schema. */
function basketOf(draft: ReturnType<typeof createDraft>, store: number): Basket {
  const lines = Array.from({ length: draft.count }, (_, line) => {
    const { sku, unit } = world.products[draft.product[line]!]!
    const promotion_id = draft.promotion_id[line]!
    return {
      line_no: line + 1,
      sku: draft.misread[line] || sku,
      quantity: draft.quantity[line]!,
      unit,
      unit_price: draft.unit_price[line]!,
      discount: draft.discount[line]!,
      ...(promotion_id && { promotion_id }),
      scanned_at: new Date(draft.scanned_at[line]!).toISOString(),
    }
  })
  return {
    basket_id: draft.basket_id,
    kind: draft.kind,
    store_id: world.stores[store]!.store_id,
    till_id: draft.till_id,
    cashier_id: draft.cashier_id,
    ...(draft.customer_id && { customer_id: draft.customer_id }),
    event_time: new Date(draft.event_time).toISOString(),
    currency: world.currency,
    lines,
    payment: draft.payment,
    total: lines.reduce((sum, line) => sum + netAmount(line), 0),
  }
}

test('the text of a basket is what JSON.stringify gives, whatever is in it', () => {
  const draft = createDraft()
  const texts = productTexts(world)
  const encoders = world.stores.map((_, store) => new BasketEncoder(world, store, texts))
  for (let number = 0; number < 2_000; number++) {
    const random = new Random(keyOf(undefined, 'encode', number))
    const store = random.integer(0, world.stores.length - 1)
    draft.basket_id = `T1-ABC-B${number}`
    draft.kind = random.chance(0.9) ? 'sale' : 'return'
    draft.till_id = random.integer(1, 99)
    draft.cashier_id = `${world.stores[store]!.store_id}-A${draft.till_id}`
    draft.customer_id = random.chance(0.5) ? `${world.stores[store]!.store_id}-C0042` : ''
    draft.event_time = random.integer(Date.UTC(2004, 0, 1), Date.UTC(2040, 0, 1))
    draft.payment = random.pick(PAYMENTS)
    draft.count = random.integer(1, 60)
    for (let line = 0; line < draft.count; line++) {
      draft.product[line] = random.integer(0, world.products.length - 1)
      draft.quantity[line] = random.integer(1, 3_000)
      draft.unit_price[line] = random.integer(0, 9_999)
      draft.discount[line] = random.integer(0, 500)
      draft.promotion_id[line] = random.chance(0.3) ? 'P2026W47-1042' : ''
      draft.scanned_at[line] = draft.event_time - random.integer(0, 7_200_000)
      draft.misread[line] = random.chance(0.1) ? 'U000123' : ''
    }
    const basket = basketOf(draft, store)
    expect(encoders[store]!.encode(draft)).toBe(JSON.stringify(basket))
    expect(totalOf(draft, world)).toBe(basket.total)
    expect(validator.Errors(basket)).toEqual([])
  }
})
