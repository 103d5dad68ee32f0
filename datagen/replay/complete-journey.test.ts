import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { netAmount } from '@shelfcast/contracts/events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FileMapping } from '../files/file-source.ts'
import { completeJourney } from './complete-journey.ts'

const PRODUCTS = `product_id,manufacturer_id,department,brand,product_category,product_type,package_size
28897,69,GROCERY,Private,EGGS,EGGS - X-LARGE,A D   1 DZ
6534178,69,FUEL,Private,COUPON/MISC ITEMS,GASOLINE-REG UNLEADED,
1021164,69,MISCELLANEOUS,Private,COUPON/MISC ITEMS,ELECTRONIC GIFT CARDS ACTIVATI,
1042697,69,MISCELLANEOUS,Private,COUPON/MISC ITEMS,PRODUCE DEPT KEY RING,
909894,69,COUPON,National,COUPONS/STORE & MFG,COUPONS/STORE & MFG,14 OZ
100123,69,MISCELLANEOUS,National,,,
`

let folder: string
let mapping: FileMapping<string>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shelfcast-complete-journey-'))
  writeFileSync(join(folder, 'products.csv'), PRODUCTS)
  mapping = completeJourney('unused.csv', join(folder, 'products.csv'))
  await mapping.prepare?.()
})
afterAll(() => rmSync(folder, { recursive: true }))

const map = (overrides = {}) =>
  mapping.map({
    household_id: '906',
    store_id: '319',
    basket_id: '31198705046',
    product_id: '28897',
    quantity: '1.0',
    sales_value: '1.5',
    retail_disc: '0.0',
    coupon_match_disc: '0.0',
    transaction_timestamp: '2017-01-01T12:30:27Z',
    ...overrides,
  })

test('a transaction row becomes a line of a basket', () => {
  expect(map()).toEqual({
    basket: {
      basket_id: '31198705046',
      kind: 'sale',
      store_id: 'CJ-319',
      till_id: 0,
      cashier_id: 'unknown',
      customer_id: 'CJ-906',
      currency: 'USD',
      payment: 'unknown',
    },
    line: { sku: 'CJ-28897', quantity: 1, unit: 'each', unit_price: 150, discount: 0 },
    scanned_at: Date.UTC(2017, 0, 1, 12, 30, 27),
  })
})

test("the store's discounts come off the shelf price, and the line is what was received", () => {
  const line = map({
    quantity: '3.0',
    sales_value: '5.0',
    retail_disc: '0.8',
    coupon_match_disc: '0.21',
  })?.line
  // 6.01 for three is 2.003 a piece: the price rounds up, the discount takes the rest.
  expect(line).toMatchObject({ quantity: 3, unit_price: 201, discount: 103 })
  expect(netAmount(line!)).toBe(500)
})

test('metered fuel is millilitres, priced by the litre', () => {
  const line = map({
    product_id: '6534178',
    quantity: '8396.0',
    sales_value: '18.46',
    retail_disc: '0.84',
  })?.line
  expect(line).toMatchObject({ quantity: 31_782, unit: 'ml', unit_price: 61 })
  expect(netAmount(line!)).toBe(1_846)
})

test('a fuel amount keyed in is one piece', () => {
  const line = map({ product_id: '6534178', quantity: '1.0', sales_value: '20.0' })?.line
  expect(line).toEqual({ sku: 'CJ-6534178', quantity: 1, unit: 'each', unit_price: 2_000, discount: 0 })
})

test('lines without quantity or value go as they are', () => {
  expect(map({ quantity: '0.0', sales_value: '4.440892e-16' })?.line).toMatchObject({
    quantity: 0,
    unit_price: 0,
    discount: 0,
  })
  expect(map({ sales_value: '0.0', retail_disc: '2.99' })?.line).toMatchObject({
    unit_price: 299,
    discount: 299,
  })
})

test.each([
  { quantity: '1.5' },
  { sales_value: '' },
  { transaction_timestamp: 'yesterday' },
  { store_id: '' },
  { product_id: '' },
  { basket_id: ' ' },
])('%j cannot be mapped', (overrides) => {
  expect(map(overrides)).toBeUndefined()
})

test('products say what is merchandise and what is sold by volume', () => {
  mapping.survey({ store_id: '319' })
  const { products, stores } = mapping.reference()
  expect(products.map(({ sku, name, unit, kind }) => [sku, name, unit, kind])).toEqual([
    ['CJ-28897', 'EGGS - X-LARGE, A D 1 DZ', 'each', 'merchandise'],
    ['CJ-6534178', 'GASOLINE-REG UNLEADED', 'ml', 'merchandise'],
    ['CJ-1021164', 'ELECTRONIC GIFT CARDS ACTIVATI', 'each', 'service'],
    ['CJ-1042697', 'PRODUCE DEPT KEY RING', 'each', 'service'],
    ['CJ-909894', 'COUPONS/STORE & MFG, 14 OZ', 'each', 'service'],
    ['CJ-100123', 'Product 100123', 'each', 'merchandise'],
  ])
  expect(stores).toMatchObject([{ store_id: 'CJ-319', time_zone: 'America/New_York', currency: 'USD' }])
})
