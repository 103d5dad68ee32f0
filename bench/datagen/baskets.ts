/** What one would write without a twin: baskets of the same shape from faker, as JSON. */
import { faker } from '@faker-js/faker'
import { type Basket, netAmount, type SaleLine } from '@shelfcast/contracts/events'
import { answer, readTask } from '../task.ts'
import type { BasketTask } from './datagen.ts'

const { mean_lines, warm_s, seconds } = readTask<BasketTask>()
faker.seed(1)
const day = { from: '2024-01-01T08:00:00.000Z', to: '2024-01-01T20:00:00.000Z' }
const stores = Array.from({ length: 8 }, () => faker.string.alphanumeric({ length: 6, casing: 'upper' }))
const products = Array.from({ length: 150 }, () => ({
  sku: faker.string.numeric(6),
  unit_price: faker.number.int({ min: 45, max: 2_500 }),
}))

function basket(): Basket {
  const at = faker.date.between(day).getTime()
  const count = faker.number.int({ min: 1, max: Math.round(2 * mean_lines) - 1 })
  const lines = Array.from({ length: count }, (_, index): SaleLine => {
    const { sku, unit_price } = faker.helpers.arrayElement(products)
    const isOnPromotion = faker.datatype.boolean(0.06)
    return {
      line_no: index + 1,
      sku,
      quantity: faker.number.int({ min: 1, max: 3 }),
      unit: 'each',
      unit_price,
      discount: isOnPromotion ? Math.floor(unit_price / 5) : 0,
      ...(isOnPromotion && { promotion_id: `P2024W01-${sku}` }),
      scanned_at: new Date(at - (count - index) * 3_000).toISOString(),
    }
  })
  return {
    basket_id: faker.string.uuid(),
    kind: 'sale',
    store_id: faker.helpers.arrayElement(stores),
    till_id: faker.number.int({ min: 1, max: 8 }),
    cashier_id: `C${faker.string.numeric(3)}`,
    ...(faker.datatype.boolean(0.6) && { customer_id: `L${faker.string.numeric(4)}` }),
    event_time: new Date(at).toISOString(),
    currency: 'EUR',
    lines,
    payment: faker.helpers.arrayElement(['card', 'cash', 'mobile', 'voucher']),
    total: lines.reduce((sum, line) => sum + netAmount(line), 0),
  }
}

function generate(forSeconds: number) {
  let lines = 0
  let baskets = 0
  let bytes = 0
  const began = performance.now()
  const passed = () => (performance.now() - began) / 1000
  do {
    for (let number = 0; number < 100; number++) {
      const drawn = basket()
      bytes += Buffer.from(JSON.stringify(drawn)).length
      lines += drawn.lines.length
      baskets++
    }
  } while (passed() < forSeconds)
  return { amount: lines, baskets, bytes, seconds: passed() }
}

generate(warm_s)
answer(generate(seconds))
