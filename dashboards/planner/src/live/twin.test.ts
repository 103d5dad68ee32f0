import type { DirectorState, HappeningState } from '@shelfcast/contracts/twin'
import { expect, test } from 'vitest'
import { speedText, storeTime, whereText } from './twin.ts'

const AS_OF = Date.UTC(2026, 10, 21, 12)
const STORE_TIME = Date.UTC(2026, 0, 5, 9)
const clock = (overrides: Partial<DirectorState['clock']> = {}) => ({
  clock: {
    store_time: new Date(STORE_TIME).toISOString(),
    as_of: new Date(AS_OF).toISOString(),
    speed: 3_600,
    paused: false,
    ...overrides,
  },
})

test('the store clock runs on between two states, as fast as the twin does', () => {
  expect(storeTime(clock(), AS_OF + 2_000)).toBe(STORE_TIME + 2 * 3_600_000)
  expect(storeTime(clock({ speed: 1 }), AS_OF + 2_000)).toBe(STORE_TIME + 2_000)
  // A server whose clock was set back.
  expect(storeTime(clock(), AS_OF - 5_000)).toBe(STORE_TIME)
})

test('a clock that stands, or follows the stream, is shown as it was told', () => {
  expect(storeTime(clock({ paused: true }), AS_OF + 60_000)).toBe(STORE_TIME)
  expect(storeTime(clock({ speed: 'max' }), AS_OF + 60_000)).toBe(STORE_TIME)
})

test.each([
  [{}, '3,600× real time'],
  [{ speed: 1 }, 'Real time'],
  [{ speed: 'max' as const }, 'As fast as possible'],
  [{ paused: true }, 'Paused'],
])('a clock with %o is told as %s', (overrides, text) => {
  expect(speedText(clock(overrides))).toBe(text)
})

const happening = (overrides: Partial<HappeningState>): HappeningState => ({
  id: 'theft-1',
  kind: 'theft',
  active: true,
  from: '2026-01-05T08:00:00.000Z',
  to: '2026-01-08T08:00:00.000Z',
  strength: 0.2,
  stores: [],
  ...overrides,
})

test.each([
  [{}, 'all stores'],
  [{ stores: ['DUB-01', 'COR-01'], category: 'Dairy' }, 'Dairy, DUB-01, COR-01'],
  [{ stores: ['A', 'B', 'C'], sku: 'P-1', product_name: 'Milk' }, 'Milk, 3 stores'],
  [{ stores: ['DUB-01'], till_id: 3 }, 'till 3, DUB-01'],
  [{ supplier_id: 'dairyland' }, 'dairyland, all stores'],
])('%o happens in: %s', (overrides, text) => {
  expect(whereText(happening(overrides))).toBe(text)
})
