import { expect, test } from 'vitest'
import { addressOf, filteredBy, seriesOf, sortedBy, viewOf } from './query.ts'

const parsed = (address: string) => viewOf(new URL(address, 'http://x').searchParams)

test('an address says the whole view, and the usual needs no words', () => {
  expect(addressOf(parsed('/forecasts'))).toBe('/forecasts')
  const address = '/forecasts?store_id=S-01&text=oat&sort=change&order=asc&series=S-01/P-7'
  expect(addressOf(parsed(address))).toBe(address)
  expect(parsed('/forecasts?sort=luck&order=up')).toEqual(parsed('/forecasts'))
})

test('a column sorts its own way first, and the other way when it is chosen again', () => {
  const byName = sortedBy(parsed('/forecasts'), 'name')
  expect([byName.sort, byName.order]).toEqual(['name', 'asc'])
  expect(sortedBy(byName, 'name').order).toBe('desc')
  expect(sortedBy(byName, 'change').order).toBe('desc')
})

test('an emptied field leaves the filter', () => {
  expect(filteredBy(parsed('/forecasts?text=oat'), 'text', '').filter).toEqual({})
})

test('a series is a store and a SKU', () => {
  expect(seriesOf('S-01/P/7')).toEqual({ store_id: 'S-01', sku: 'P/7' })
  expect(seriesOf('S-01')).toBeUndefined()
})
