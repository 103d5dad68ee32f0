import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contextOf } from '../../../test/jobs/context.ts'
import {
  championOf,
  championsOf,
  dayAfter,
  fillReference,
  fillSeries,
  movement,
} from '../../../test/jobs/detections.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import type { Champion } from '../models/champions.ts'
import { findSlowMovers } from './find-slow-movers.ts'

const DAYS = 60
const LAST = dayAfter(DAYS - 1)

let testWarehouse: TestWarehouse

beforeAll(async () => {
  testWarehouse = await startWarehouse()
  await fillReference(testWarehouse.client)
  await fillSeries(testWarehouse.client, DAYS)
}, 60_000)
afterAll(() => testWarehouse?.stop())

/** A delivery this morning, of which nothing was sold yet. */
const delivery = (sku: string, quantity: number, days: number, lot = `L-${sku}-${days}`) =>
  movement({
    sku,
    quantity,
    lot,
    movement_id: lot,
    expires_on: dayAfter(DAYS - 1 + days),
    event_time: `${LAST} 05:00:00`,
    business_date: LAST,
  })

const run = (champion: Champion | undefined, now = '2026-06-01T04:00:00Z') =>
  findSlowMovers().run(
    contextOf(
      'find-slow-movers',
      { warehouse: testWarehouse.client, champions: championsOf(champion) },
      { now: () => Date.parse(now) },
    ),
  )

test('a lot of which more is there than sells until it expires is told with a markdown, one that sells is not', async () => {
  await insert(testWarehouse.client, 'fact_inventory', [
    // Ten a day sell: of 45 in three days fifteen are left over.
    delivery('P1', 45, 3),
    delivery('P2', 10, 3),
    // Far too much, but for longer than anybody looks ahead.
    delivery('P3', 900, 60),
  ])
  const champion = await championOf('slow-mover')
  const { figures } = await run(champion)
  const actual = await rowsOf<Record<string, unknown>>(
    testWarehouse.client,
    'select * from slow_movers_latest',
  )
  expect(actual).toHaveLength(1)
  expect(actual[0]).toMatchObject({
    store_id: 'S1',
    sku: 'P1',
    lot: 'L-P1-3',
    origin: LAST,
    expires_on: dayAfter(DAYS + 2),
    on_hand: 45,
    model_version: champion.version,
    // 30 at 0.8 ** -2 are 47; 45 at 80 instead of 30 at 100.
    markdown_off: expect.closeTo(0.2, 5),
  })
  expect(actual[0]!.expected_sales).toBeCloseTo(30, -1)
  const saved = 100 * (0.8 * 45 - (actual[0]!.expected_sales as number))
  expect(Math.abs((actual[0]!.saved_amount as number) - saved)).toBeLessThanOrEqual(1)
  expect(figures).toMatchObject({ lots: 2, slow_movers: 1, markdowns: 1 })
})

test('of two lots of a SKU the one that expires first is sold first, and what it saves is told once', async () => {
  await testWarehouse.client.command({ query: 'truncate table fact_inventory' })
  await testWarehouse.client.command({ query: 'truncate table stock_changes' })
  await insert(testWarehouse.client, 'fact_inventory', [delivery('P1', 60, 2), delivery('P1', 60, 3)])
  const { figures } = await run(await championOf('slow-mover'), '2026-06-02T04:00:00Z')
  const actual = await rowsOf<{ lot: string; expected_sales: number; saved_amount: number }>(
    testWarehouse.client,
    'select lot, expected_sales, saved_amount from slow_movers_latest order by expires_on',
  )
  expect(actual.map(({ lot }) => lot)).toEqual(['L-P1-2', 'L-P1-3'])
  expect(actual[0]!.expected_sales).toBeGreaterThan(15)
  expect(actual[1]!.expected_sales).toBe(0)
  expect(figures.saved_minor_units).toBe(actual.reduce((sum, { saved_amount }) => sum + saved_amount, 0))
})

test('without a champion nothing is scored, and the job says why', async () => {
  const { shortfalls } = await run(undefined)
  expect(shortfalls).toEqual([
    'There is no champion of the model slow-mover yet, so nothing was scored. Train one and promote it.',
  ])
})
