import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
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
import { detectAnomalies } from './detect-anomalies.ts'

const DAYS = 80
const LAST = dayAfter(DAYS - 1)
const SPIKE = dayAfter(DAYS - 3)

let testWarehouse: TestWarehouse

beforeAll(async () => {
  testWarehouse = await startWarehouse()
  await fillReference(testWarehouse.client)
}, 60_000)
beforeEach(async () => {
  for (const table of [
    'series_daily',
    'series_spans',
    'stock_changes',
    'stock_counts',
    'detected_anomalies',
    'detection_runs',
  ])
    await testWarehouse.client.command({ query: `truncate table ${table}` })
})
afterAll(() => testWarehouse?.stop())

const actual = () =>
  rowsOf<{ store_id: string; sku: string; day: string; kind: string; detail: string }>(
    testWarehouse.client,
    'select store_id, sku, toString(day) as day, kind, detail from anomalies_latest order by day, store_id, sku, kind',
  )
const run = (champion: Champion | undefined, now?: () => number) =>
  detectAnomalies().run(
    contextOf(
      'detect-anomalies',
      { warehouse: testWarehouse.client, champions: championsOf(champion) },
      { ...(now && { now }) },
    ),
  )

test('a store that sells much more than usual is told, and a promotion of the whole chain is not', async () => {
  await fillSeries(testWarehouse.client, DAYS, (store_id, sku, day) => {
    if (sku === 'P1' && store_id === 'S2' && day === SPIKE) return 400
    // The others sell as much of another SKU, all of them.
    if (sku === 'P2' && day === SPIKE) return 100
    return undefined
  })
  const { figures, shortfalls } = await run(await championOf('anomaly'))
  expect(shortfalls).toEqual([])
  expect(figures).toMatchObject({ days: 28, rows: 28 * 12 })
  const [spike, ...others] = await actual()
  expect(spike).toMatchObject({ store_id: 'S2', sku: 'P1', day: SPIKE, kind: 'sales_high' })
  expect(spike!.detail).toMatch(/^Sold 400 where [\d.]+ are usual for such a day/)
  expect(others.filter(({ sku }) => sku === 'P2')).toEqual([])
})

test('what a count finds missing is told with the units', async () => {
  await fillSeries(testWarehouse.client, DAYS)
  const at = (day: string) => `${day} 06:00:00`
  await insert(testWarehouse.client, 'fact_inventory', [
    movement({ kind: 'count', quantity: 50, event_time: at(dayAfter(40)), business_date: dayAfter(40) }),
    movement({ kind: 'receipt', quantity: 30, event_time: at(dayAfter(50)), business_date: dayAfter(50) }),
    movement({ kind: 'count', quantity: 20, event_time: at(LAST), business_date: LAST }),
  ])
  const champion = await championOf('anomaly', { parameters: { sales_threshold: 1, stock_threshold: 0.65 } })
  await run(champion)
  expect(await actual()).toContainEqual({
    store_id: 'S1',
    sku: 'P1',
    day: LAST,
    kind: 'stock_loss',
    detail: 'The count found 60 less than the book had.',
  })
})

test('a day that is told anew has what was found last', async () => {
  await fillSeries(testWarehouse.client, DAYS, (store_id, sku, day) =>
    store_id === 'S2' && sku === 'P1' && day === SPIKE ? 400 : undefined,
  )
  await run(await championOf('anomaly'))
  expect(await actual()).not.toEqual([])
  await fillSeries(testWarehouse.client, DAYS)
  const { figures } = await run(await championOf('anomaly'), () => Date.parse('2026-06-02T04:00:00Z'))
  expect(figures.days).toBe(7)
  expect((await actual()).filter(({ day }) => day === SPIKE)).toEqual([])
})

test('without a champion or without sales nothing is scored, and the job says why', async () => {
  expect((await run(undefined)).shortfalls).toEqual([
    'There is no champion of the model anomaly yet, so nothing was scored. Train one and promote it.',
  ])
  expect((await run(await championOf('anomaly'))).shortfalls).toEqual([
    'The daily series are empty, so nothing was scored. Run the job build-features.',
  ])
})
