import { describe, expect, test } from 'vitest'
import { onlineRetail } from './online-retail.ts'

const cells = (overrides = {}) => ({
  InvoiceNo: '536365',
  StockCode: '85123A',
  Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
  Quantity: '6',
  InvoiceDate: '2011-07-01 08:26:00',
  UnitPrice: '2.55',
  CustomerID: '17850.0',
  Country: 'United Kingdom',
  ...overrides,
})
const map = (overrides = {}) => onlineRetail('unused.csv').map(cells(overrides))

test('an invoice line becomes a line of a basket in pence and UTC', () => {
  expect(map()).toEqual({
    basket: {
      basket_id: '536365',
      kind: 'sale',
      store_id: 'OR-united-kingdom',
      till_id: 0,
      cashier_id: 'unknown',
      customer_id: 'OR-17850',
      currency: 'GBP',
      payment: 'unknown',
    },
    line: { sku: 'OR-85123A', quantity: 6, unit: 'each', unit_price: 255, discount: 0 },
    scanned_at: Date.UTC(2011, 6, 1, 7, 26),
  })
})

test('a cancellation is a return of what was positive', () => {
  const mapped = map({ InvoiceNo: 'C536379', Quantity: '-1' })
  expect(mapped?.basket.kind).toBe('return')
  expect(mapped?.line.quantity).toBe(1)
})

test('negative quantities and prices outside of cancellations go as they are', () => {
  expect(map({ Quantity: '-10', UnitPrice: '0.0' })?.line).toMatchObject({ quantity: -10, unit_price: 0 })
  expect(map({ InvoiceNo: 'A563186', StockCode: 'B', UnitPrice: '-11062.06' })).toMatchObject({
    basket: { kind: 'sale', basket_id: 'A563186' },
    line: { unit_price: -1_106_206 },
  })
})

test('a line without customer is anonymous', () => {
  expect(map({ CustomerID: '' })?.basket).not.toHaveProperty('customer_id')
})

test('both cases of a stock code are one SKU', () => {
  expect(map({ StockCode: '85123a' })?.line.sku).toBe('OR-85123A')
})

test.each([
  { Quantity: '1.5' },
  { Quantity: '' },
  { UnitPrice: 'free' },
  { InvoiceDate: '2011-02-30 08:26:00' },
  { StockCode: '' },
  { Country: ' ' },
  { InvoiceNo: '' },
])('%j cannot be mapped', (overrides) => {
  expect(map(overrides)).toBeUndefined()
})

describe('reference data', () => {
  function referenceOf(...rows: object[]) {
    const mapping = onlineRetail('unused.csv')
    for (const overrides of rows) mapping.survey(cells(overrides))
    return mapping.reference()
  }

  test('a product is named by its most frequent description that is no note', () => {
    const { products } = referenceOf(
      { Description: 'check' },
      { Description: 'damaged' },
      { Description: 'WRONG NAME?' },
      { Description: ' WHITE  HANGING HEART ' },
      { Description: 'WHITE HANGING HEART', StockCode: '85123a' },
      { Description: 'CREAM HANGING HEART' },
    )
    expect(products).toHaveLength(1)
    expect(products[0]).toMatchObject({ sku: 'OR-85123A', name: 'WHITE HANGING HEART', kind: 'merchandise' })
  })

  test('a code that never has a name is named by itself', () => {
    expect(referenceOf({ StockCode: 'DCGS0067', Description: 'ebay' }).products[0]?.name).toBe('DCGS0067')
  })

  test.each([
    ['POST', 'service'],
    ['D', 'service'],
    ['m', 'service'],
    ['BANK CHARGES', 'service'],
    ['AMAZONFEE', 'service'],
    ['gift_0001_20', 'service'],
    ['PADS', 'service'],
    ['DCGSSBOY', 'merchandise'],
    ['10002', 'merchandise'],
  ])('%s is %s', (StockCode, kind) => {
    expect(referenceOf({ StockCode }).products[0]?.kind).toBe(kind)
  })

  test('each country is a store on UK time', () => {
    const { stores } = referenceOf({}, { Country: 'EIRE' }, { Country: 'United Kingdom' })
    expect(stores.map(({ store_id }) => store_id)).toEqual(['OR-united-kingdom', 'OR-eire'])
    expect(stores[1]).toMatchObject({ time_zone: 'Europe/London', currency: 'GBP', region: 'EIRE' })
  })
})
